from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs
from psycopg.errors import ForeignKeyViolation

from adapters.postgres import connection_record_statements as statements
from adapters.postgres.connection_rows import account_key, client_key, new_connection_parameters, read_connection
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import Reach, ask
from domain.connections import Connection, ConnectionEvent, ConnectionStatus, statuses_before
from domain.errors import NotFound
from domain.ids import ConnectionId, OrganisationId
from domain.oauth.revocation import Revocation
from domain.ports import NewConnection


@attrs.frozen
class PostgresConnectionRecords:
    """A ConnectionRecords."""

    pool: Pool

    async def reserve(self, new: NewConnection) -> None:
        parameters = new_connection_parameters(new) | {"status": ConnectionStatus.DELETING}
        try:
            await self._rows(statements.RESERVE, parameters)
        except ForeignKeyViolation as error:  # the organisation, or the app, went meanwhile
            raise NotFound from error

    async def confirm(
        self, organisation_id: OrganisationId, connection_id: ConnectionId, *, secret_version: int
    ) -> None:
        parameters = {
            "organisation_id": organisation_id,
            "id": connection_id,
            "secret_version": secret_version,
            "active": ConnectionStatus.ACTIVE,
            "statuses": list(statuses_before(ConnectionEvent.CONFIRM)),
        }
        if not await self._rows(statements.CONFIRM, parameters):
            raise NotFound

    async def rename(self, organisation_id: OrganisationId, connection_id: ConnectionId, name: str) -> None:
        parameters = {
            "organisation_id": organisation_id,
            "id": connection_id,
            "name": name,
            "deleting": ConnectionStatus.DELETING,
        }
        if not await self._rows(statements.RENAME, parameters):
            raise NotFound

    async def record_replaced(
        self,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        secret_version: int,
        token_expires_at: datetime | None,
    ) -> None:
        parameters = {
            "organisation_id": organisation_id,
            "id": connection_id,
            "secret_version": secret_version,
            "token_expires_at": token_expires_at,
            "active": ConnectionStatus.ACTIVE,
            "statuses": list(statuses_before(ConnectionEvent.REPLACE)),
        }
        await self._rows(statements.RECORD_REPLACED, parameters)

    async def begin_deleting(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        parameters = {
            "organisation_id": organisation_id,
            "id": connection_id,
            "deleting": ConnectionStatus.DELETING,
            "statuses": list(statuses_before(ConnectionEvent.DELETE)),
        }
        rows = await self._rows(statements.BEGIN_DELETING, parameters)
        if not rows:
            raise NotFound
        return read_connection(rows[0])

    async def begin_revoking(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        parameters = {
            "organisation_id": organisation_id,
            "id": connection_id,
            "revoked": ConnectionStatus.REVOKED,
            "statuses": list(statuses_before(ConnectionEvent.REVOKE)),
        }
        rows = await self._rows(statements.BEGIN_REVOKING, parameters)
        if not rows:
            raise NotFound
        return read_connection(rows[0])

    async def record_revoked(self, ended: Connection, *, revocation: Revocation) -> None:
        parameters = {
            "organisation_id": ended.organisation_id,
            "id": ended.id,
            "credential_id": ended.credential_id,
            "revoked": ConnectionStatus.REVOKED,
        }
        await self._rows(statements.RECORD_REVOKED, parameters, revocation=revocation)

    async def is_shared(self, connection: Connection) -> bool:
        parameters = {
            "organisation_id": connection.organisation_id,
            "client_key": client_key(connection.made_with),
            "credential_id": connection.credential_id,
            "account_key": account_key(connection.account),
        }
        [row] = await self._rows(statements.IS_SHARED, parameters)
        return bool(row["shared"])

    async def take_ending(self, *, first: int, idle_seconds: float) -> Sequence[Connection]:
        return [
            read_connection(row)
            for row in await self._rows_due(statements.TAKE_ENDING, {"first": first, "idle_seconds": idle_seconds})
        ]

    async def postpone(self, ending: Connection, *, seconds: float) -> None:
        parameters = {"organisation_id": ending.organisation_id, "id": ending.id, "seconds": seconds}
        await self._rows(statements.POSTPONE, parameters)

    async def remove(
        self, organisation_id: OrganisationId, connection_id: ConnectionId, *, revocation: Revocation
    ) -> None:
        parameters = {"organisation_id": organisation_id, "id": connection_id}
        await self._rows(statements.REMOVE, parameters, revocation=revocation)

    async def seconds_late(self, *, idle_seconds: float) -> float:
        [row] = await self._rows_due(statements.SECONDS_LATE, {"idle_seconds": idle_seconds})
        return float(row["late"])

    async def _rows(
        self, statement: str, parameters: dict[str, Any], *, revocation: Revocation | None = None
    ) -> Sequence[Row]:
        detail = None if revocation is None else {"revocation": revocation}
        return (await ask(self.pool, parameters["organisation_id"], statement, parameters, detail=detail)).rows

    async def _rows_due(self, statement: str, parameters: dict[str, Any]) -> Sequence[Row]:
        """Of any organisation."""
        return (await ask(self.pool, None, statement, parameters, reach=Reach.DUE)).rows
