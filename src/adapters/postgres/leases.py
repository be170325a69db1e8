from datetime import datetime
from typing import Any

import attrs
from psycopg.errors import ForeignKeyViolation

from adapters.postgres import lease_statements as statements
from adapters.postgres.connection_rows import read_connection
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import ask
from adapters.postgres.together import Together
from domain.connections import ConnectionEvent, ConnectionStatus, statuses_before
from domain.errors import NotFound
from domain.ids import ConnectionId, OrganisationId
from domain.ports import Lease, LeaseLost, NotNow
from domain.refresh_ahead import foresee
from domain.refreshes import INCIDENT_WINDOW_SECONDS, Illness, Journal, Presented
from domain.tokens import TokenGrant


@attrs.define(eq=False)
class PostgresRefreshLeases:
    """A RefreshLeases, one for a process: what many refreshes ask for at once goes together."""

    pool: Pool
    _taking: Together = attrs.field(init=False)
    _journalling: Together = attrs.field(init=False)
    _recording: Together = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._taking = Together(self.pool, [statements.TAKE, statements.LOOK])
        self._journalling = Together(self.pool, [statements.JOURNAL])
        self._recording = Together(
            self.pool,
            [statements.RECORD],
            {
                "active": ConnectionStatus.ACTIVE,
                "statuses": list(statuses_before(ConnectionEvent.REFRESH)),
                "window_seconds": INCIDENT_WINDOW_SECONDS,
            },
        )

    async def take(
        self,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        seconds: float,
        through_rest: bool = False,
        ending: bool = False,
    ) -> Lease | NotNow:
        try:
            taken, found = await self._taking(
                organisation_id, connection_id, seconds=seconds, through_rest=through_rest, ending=ending
            )
        except ForeignKeyViolation as error:  # deleted meanwhile
            raise NotFound from error
        if not found:
            raise NotFound
        return _lease(found[0], fence=taken[0]["fence"]) if taken else _not_now(found[0])

    async def journal(self, lease: Lease, presented: Presented, *, seconds: float) -> int:
        members = {
            "fence": lease.fence,
            "token_fingerprint": presented.token_fingerprint,
            "token_version": presented.secret_version,
        }
        connection = lease.connection
        [rows] = await self._journalling(connection.organisation_id, connection.id, members, seconds=seconds)
        if not rows:
            raise LeaseLost
        return int(rows[0]["sent"])

    async def record(self, lease: Lease, grant: TokenGrant, *, secret_version: int) -> bool:
        connection = lease.connection
        foreseen = foresee(grant, connection.id, connection.made_with)
        members = {
            "fence": lease.fence,
            "credential_id": connection.credential_id,
            "token_expires_at": _text(grant.expires_at),
            "refresh_due_at": _text(foreseen.refresh_due_at),
            "grant_final_at": _text(foreseen.final_at),
            "grant_idle_at": _text(foreseen.idle_at),
            "scopes": grant.scope.split(),
            "secret_version": secret_version,
        }
        [[row]] = await self._recording(connection.organisation_id, connection.id, members)
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


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _not_now(row: Row) -> NotNow:
    resting = row["resting_seconds"]
    return NotNow(resting if resting is not None and resting > 0 else None, read_connection(row))
