"""A connection as a row, which a flow's store writes and the connections' reads."""

import hashlib
from typing import Any

from psycopg.types.json import Jsonb

from adapters.postgres.config_documents import config_document, read_config
from adapters.postgres.documents import Document, client_document, read_client
from adapters.postgres.pool import Row
from domain.accounts import Account
from domain.auth_configs import AuthType, FormConfig
from domain.connections import Connection, ConnectionStatus, MadeWith
from domain.ids import AppId, ConnectionId, CredentialId, OrganisationId
from domain.oauth.client import OAuthClient
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
        "made_with": Jsonb(_made_with_document(connection.made_with)),
        "status": connection.status,
        "status_reason": connection.status_reason,
        "scopes": list(connection.scopes),
        "token_expires_at": connection.token_expires_at,
        "last_refreshed_at": connection.last_refreshed_at,
        "secret_version": connection.secret_version,
        "refresh_due_at": connection.refresh_due_at,
        "grant_final_at": connection.grant_final_at,
        "grant_idle_at": connection.grant_idle_at,
        "metadata": Jsonb(dict(connection.metadata)),
        "client_key": client_key(connection.made_with),
        "account_key": account_key(connection.account),
        "created_at": connection.created_at,
        "updated_at": connection.updated_at,
        "credential_type": new.credential_type,
        "credential_expires_at": new.credential_expires_at,
        "credential_redact_fields": list(new.credential_redact_fields),
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
        made_with=_read_made_with(row["made_with"]),
        status=ConnectionStatus(row["status"]),
        status_reason=row["status_reason"],
        scopes=tuple(row["scopes"]),
        token_expires_at=row["token_expires_at"],
        last_refreshed_at=row["last_refreshed_at"],
        secret_version=row["secret_version"],
        refresh_due_at=row["refresh_due_at"],
        grant_final_at=row["grant_final_at"],
        grant_idle_at=row["grant_idle_at"],
        metadata=row["metadata"],
        ending_since=row["ending_since"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def client_key(made_with: MadeWith) -> str | None:
    """What the connections of one client at one provider have in common; None for what a form made."""
    if not isinstance(made_with, OAuthClient):
        return None
    return hashlib.sha256(f"{made_with.client_id} {made_with.token_endpoint}".encode()).hexdigest()


def account_key(account: Account) -> str | None:
    """What the connections of one account have in common; None where it is not known."""
    return None if account.identity is None else hashlib.sha256(account.identity.encode()).hexdigest()


def _made_with_document(made_with: MadeWith) -> Document:
    if isinstance(made_with, OAuthClient):
        return {"client": client_document(made_with)}
    return {"config": config_document(made_with)}


def _read_made_with(document: Document) -> MadeWith:
    """Raises ValueError for a config that no connection is made by."""
    if "client" in document:
        return read_client(document["client"])
    config = read_config(document["config"])
    if not isinstance(config, FormConfig):
        raise ValueError("a connection's config is one that a form fills in")  # noqa: TRY004 - a value out of the store
    return config
