"""A connection as a row, which a flow's store writes and the connections' reads."""

from typing import Any

from psycopg.types.json import Jsonb

from adapters.postgres.documents import client_document, read_client
from adapters.postgres.pool import Row
from domain.auth_configs import AuthType
from domain.connections import Connection, ConnectionStatus
from domain.ids import AppId, ConnectionId, CredentialId, OrganisationId
from domain.ports import NewConnection


def new_connection_parameters(new: NewConnection) -> dict[str, Any]:
    """The columns of both rows: the connection's by their names, what only the credential has with ``credential_``."""
    connection = new.connection
    return {
        "id": connection.id,
        "organisation_id": connection.organisation_id,
        "app_id": connection.app_id,
        "app_organisation_id": connection.app_organisation_id,
        "name": connection.name,
        "auth_type": connection.auth_type,
        "credential_id": connection.credential_id,
        "client": Jsonb(client_document(connection.client)),
        "status": connection.status,
        "status_reason": connection.status_reason,
        "scopes": list(connection.scopes),
        "token_expires_at": connection.token_expires_at,
        "last_refreshed_at": connection.last_refreshed_at,
        "secret_version": connection.secret_version,
        "created_at": connection.created_at,
        "updated_at": connection.updated_at,
        "credential_type": new.credential_type,
        "credential_expires_at": new.credential_expires_at,
    }


def read_connection(row: Row) -> Connection:
    return Connection(
        id=ConnectionId(row["id"]),
        organisation_id=OrganisationId(row["organisation_id"]),
        app_id=AppId(row["app_id"]),
        app_organisation_id=OrganisationId(row["app_organisation_id"] or row["organisation_id"]),
        name=row["name"],
        auth_type=AuthType(row["auth_type"]),
        credential_id=CredentialId(row["credential_id"]),
        client=read_client(row["client"]),
        status=ConnectionStatus(row["status"]),
        status_reason=row["status_reason"],
        scopes=tuple(row["scopes"]),
        token_expires_at=row["token_expires_at"],
        last_refreshed_at=row["last_refreshed_at"],
        secret_version=row["secret_version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
