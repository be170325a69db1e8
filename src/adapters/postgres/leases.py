from typing import Any

import attrs
from psycopg.errors import ForeignKeyViolation

from adapters.postgres import lease_statements as statements
from adapters.postgres.connection_rows import read_connection
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import ask, ask_in_turn
from domain.connections import ConnectionEvent, ConnectionStatus, statuses_before
from domain.errors import NotFound
from domain.ids import ConnectionId, OrganisationId
from domain.ports import Lease, LeaseLost, NotNow
from domain.refresh_ahead import foresee
from domain.refreshes import INCIDENT_WINDOW_SECONDS, Illness, Journal, Presented
from domain.tokens import TokenGrant


@attrs.frozen
class PostgresRefreshLeases:
    """A RefreshLeases."""

    pool: Pool

    async def take(
        self,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        seconds: float,
        through_rest: bool = False,
        ending: bool = False,
    ) -> Lease | NotNow:
        parameters = {
            "organisation_id": organisation_id,
            "id": connection_id,
            "seconds": seconds,
            "through_rest": through_rest,
            "ending": ending,
        }
        try:
            taken, found = await ask_in_turn(
                self.pool, organisation_id, [statements.TAKE, statements.LOOK], parameters, prepared=True
            )
        except ForeignKeyViolation as error:  # deleted meanwhile
            raise NotFound from error
        if not found.rows:
            raise NotFound
        [row] = found.rows
        return _lease(row, fence=taken.rows[0]["fence"]) if taken.rows else _not_now(row)

    async def journal(self, lease: Lease, presented: Presented, *, seconds: float) -> int:
        parameters = {
            "token_fingerprint": presented.token_fingerprint,
            "token_version": presented.secret_version,
            "seconds": seconds,
        }
        rows = await self._rows(lease, statements.JOURNAL, parameters)
        if not rows:
            raise LeaseLost
        return int(rows[0]["sent"])

    async def record(self, lease: Lease, grant: TokenGrant, *, secret_version: int) -> bool:
        foreseen = foresee(grant, lease.connection.id, lease.connection.made_with)
        parameters = {
            "credential_id": lease.connection.credential_id,
            "token_expires_at": grant.expires_at,
            "refresh_due_at": foreseen.refresh_due_at,
            "grant_final_at": foreseen.final_at,
            "grant_idle_at": foreseen.idle_at,
            "scopes": grant.scope.split(),
            "secret_version": secret_version,
            "active": ConnectionStatus.ACTIVE,
            "statuses": list(statuses_before(ConnectionEvent.REFRESH)),
            "window_seconds": INCIDENT_WINDOW_SECONDS,
        }
        [row] = await self._rows(lease, statements.RECORD, parameters)
        return bool(row["released"])

    async def release(self, lease: Lease) -> None:
        await self._rows(lease, statements.RELEASE, {})

    async def rest(self, lease: Lease, *, seconds: float, sent: int | None) -> None:
        await self._rows(lease, statements.REST, {"seconds": seconds, "sent": sent})

    async def end(self, lease: Lease, *, reason: str, secret_version: int) -> bool:
        parameters = {
            "credential_id": lease.connection.credential_id,
            "ended": ConnectionStatus.NEEDS_REAUTHORIZATION,
            "reason": reason,
            "secret_version": secret_version,
            "statuses": list(statuses_before(ConnectionEvent.GRANT_ENDED)),
        }
        [row] = await self._rows(lease, statements.END, parameters)
        return bool(row["released"])

    async def _rows(self, lease: Lease, statement: str, parameters: dict[str, Any]) -> list[Row]:
        connection = lease.connection
        named = {"organisation_id": connection.organisation_id, "id": connection.id, "fence": lease.fence}
        return list(
            (await ask(self.pool, connection.organisation_id, statement, named | parameters, prepared=True)).rows
        )


def _lease(row: Row, *, fence: int) -> Lease:
    journal = None
    if row["token_fingerprint"] is not None:
        presented = Presented(token_fingerprint=row["token_fingerprint"], secret_version=row["token_version"])
        journal = Journal(presented=presented, sent=row["sent"], rested=row["rested"])
    return Lease(
        fence=fence,
        connection=read_connection(row),
        journal=journal,
        failures=row["failures"],
        illness=None if row["illness"] is None else Illness(row["illness"]),
    )


def _not_now(row: Row) -> NotNow:
    resting = row["resting_seconds"]
    return NotNow(resting if resting is not None and resting > 0 else None, read_connection(row))
