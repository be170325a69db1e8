from datetime import datetime, timedelta

import attrs

from adapters.memory.connections import MemoryConnectionStore
from adapters.memory.incidents import MemoryAppIncidents
from domain.connections import Connection, ConnectionEvent, ConnectionStatus
from domain.errors import NotFound
from domain.ids import ConnectionId, OrganisationId
from domain.ports import Clock, Lease, LeaseLost, NotNow
from domain.refresh_ahead import foresee
from domain.refreshes import Journal, Presented
from domain.tokens import TokenGrant


@attrs.define
class _Row:
    fence: int = 0
    held_until: datetime | None = None
    presented: Presented | None = None
    sent: int = 0
    failures: int = 0
    not_before: datetime | None = None

    def settle(self) -> None:
        self.held_until = self.presented = self.not_before = None
        self.sent = self.failures = 0


@attrs.frozen
class MemoryRefreshLeases:
    """A RefreshLeases, by this clock."""

    connections: MemoryConnectionStore
    incidents: MemoryAppIncidents
    clock: Clock
    _rows: dict[ConnectionId, _Row] = attrs.field(factory=dict, init=False)

    async def take(
        self,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        seconds: float,
        through_rest: bool = False,
        ending: bool = False,
    ) -> Lease | NotNow:
        connection = self.connections.found(organisation_id, connection_id)
        if connection is None or (connection.ending_since is not None and not ending):
            raise NotFound
        row, now = self._rows.setdefault(connection_id, _Row()), self.clock.now()
        resting = row.not_before is not None and row.not_before > now
        if row.not_before is not None and resting and not through_rest:
            return NotNow((row.not_before - now).total_seconds(), connection)
        if row.held_until is not None and row.held_until > now:
            return NotNow(None, connection)
        row.fence += 1
        row.held_until = now + timedelta(seconds=seconds)
        return self._lease(connection, row)

    async def journal(self, lease: Lease, presented: Presented, *, seconds: float) -> int:
        row = self._mine(lease)
        if row is None:
            raise LeaseLost
        row.sent = row.sent + 1 if row.presented == presented else 1
        row.presented, row.not_before = presented, None
        row.held_until = self.clock.now() + timedelta(seconds=seconds)
        return row.sent

    async def record(self, lease: Lease, grant: TokenGrant, *, secret_version: int) -> bool:
        at = lease.connection
        connection = self.connections.meeting(ConnectionEvent.REFRESH, at.organisation_id, at.id)
        if connection is not None and connection.credential_id == at.credential_id:
            self._record(connection, grant, secret_version)
        row = self._mine(lease)
        if row is not None:
            row.settle()
        return row is not None

    async def release(self, lease: Lease) -> None:
        row = self._mine(lease)
        if row is not None:
            row.held_until = None

    async def rest(self, lease: Lease, *, seconds: float, sent: int | None) -> None:
        row = self._mine(lease)
        if row is not None:
            row.held_until = None
            row.sent = row.sent if sent is None else sent
            row.failures += 1
            row.not_before = self.clock.now() + timedelta(seconds=seconds)

    async def end(self, lease: Lease, *, reason: str, secret_version: int) -> bool:
        row, at = self._mine(lease), lease.connection
        if row is None:
            return False
        row.settle()
        connection = self.connections.meeting(ConnectionEvent.GRANT_ENDED, at.organisation_id, at.id)
        if (
            connection is not None
            and connection.credential_id == at.credential_id
            and connection.secret_version <= secret_version
        ):
            self.connections.end(connection, reason=reason)
        return True

    def _record(self, connection: Connection, grant: TokenGrant, secret_version: int) -> None:
        is_active = connection.status is ConnectionStatus.ACTIVE
        if not (
            connection.secret_version < secret_version or (is_active and connection.secret_version == secret_version)
        ):
            return
        now, foreseen = self.clock.now(), foresee(grant, connection.id, connection.made_with)
        self.connections.change(
            connection,
            status=ConnectionStatus.ACTIVE,
            status_reason=None,
            token_expires_at=grant.expires_at,
            refresh_due_at=foreseen.refresh_due_at,
            grant_final_at=foreseen.final_at,
            grant_idle_at=foreseen.idle_at,
            scopes=tuple(grant.scope.split()),
            secret_version=secret_version,
            last_refreshed_at=now,
            updated_at=now,
        )
        self.incidents.renewed(connection)

    def _mine(self, lease: Lease) -> _Row | None:
        row = self._rows.get(lease.connection.id)
        return row if row is not None and row.fence == lease.fence else None

    def _lease(self, connection: Connection, row: _Row) -> Lease:
        journal = None
        if row.presented is not None:
            journal = Journal(presented=row.presented, sent=row.sent, rested=row.not_before is not None)
        return Lease(
            fence=row.fence,
            connection=connection,
            journal=journal,
            failures=row.failures,
            illness=self.incidents.illness_of(connection),
        )
