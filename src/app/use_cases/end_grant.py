"""End the grant of a connection that is deleted or revoked: at the provider, in the secret store, in the record.

The record says that it is ending from the first step to the last: whoever comes after a crash goes on from it, and
every step may be done twice. A provider that cannot be reached holds up the end of its secret for a while, and no more.
"""

import asyncio
from contextlib import suppress

import attrs

from app.use_cases.read_grant import path_of
from app.use_cases.revoke_at_provider import RevokeAtProvider
from domain.connections import Connection, ConnectionStatus
from domain.errors import NotFound, ProviderUnavailable, StorageUnavailable
from domain.oauth.revocation import Revocation
from domain.ports import Clock, ConnectionRecords, EventLog, Lease, RefreshLeases, SecretStore

REVOKE_SECONDS = 1800.0
"""For how long a revocation is tried; what is left standing then is in the audit. Less than the hour after which a
removed credential's secret goes by itself."""
IDLE_SECONDS = 60.0
"""For how long an end is its beginner's: longer than the time-outs of the provider and the stores together."""
_ALONE_SECONDS = 60.0
_WAIT_SECONDS = 5.0
_POLL_SECONDS = 0.1


class RefreshUnderWay(ProviderUnavailable):
    """A token of this connection is being refreshed: what that brings is to be ended, too."""


@attrs.frozen(kw_only=True)
class EndGrant:
    """Revoke it where that hurts nobody else, destroy every version of its secret, record what became of it."""

    clock: Clock
    records: ConnectionRecords
    leases: RefreshLeases
    secrets: SecretStore
    revoke: RevokeAtProvider
    events: EventLog
    revoke_seconds: float = REVOKE_SECONDS

    async def __call__(self, connection: Connection) -> None:
        """Raises ProviderUnavailable, StorageUnavailable: somebody goes on with it later."""
        with suppress(NotFound):  # somebody else is done with it
            lease = await self._alone(connection)
            try:
                await self._end(connection)
            except ProviderUnavailable as error:
                await self._postpone(connection, error.retry_after or 0.0)
                raise
            finally:
                with suppress(StorageUnavailable):  # its seconds pass
                    await self.leases.release(lease)

    async def _alone(self, connection: Connection) -> Lease:
        """From here on nobody refreshes it; whoever did is done, or dead. Raises RefreshUnderWay, NotFound."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_SECONDS
        while True:
            taken = await self.leases.take(
                connection.organisation_id, connection.id, seconds=_ALONE_SECONDS, through_rest=True, ending=True
            )
            if isinstance(taken, Lease):
                return taken
            if loop.time() >= deadline:
                raise RefreshUnderWay
            await asyncio.sleep(_POLL_SECONDS)

    async def _end(self, connection: Connection) -> None:
        revocation = Revocation.UNREACHABLE if self._is_over(connection) else await self.revoke(connection)
        await self.secrets.destroy(path_of(connection))
        if connection.status is ConnectionStatus.DELETING:
            await self.records.remove(connection.organisation_id, connection.id, revocation=revocation)
        else:
            await self.records.record_revoked(connection, revocation=revocation)
        self.events.note("grant_destroyed", connection_id=connection.id, revocation=revocation)

    async def _postpone(self, connection: Connection, seconds: float) -> None:
        """For as long as the provider asks (RFC 7009 §2.2.1), and no longer than we try."""
        if seconds > IDLE_SECONDS:  # else that passes anyhow
            with suppress(StorageUnavailable):  # then it is asked too early
                await self.records.postpone(connection, seconds=min(seconds, self._seconds_left(connection)))

    def _is_over(self, connection: Connection) -> bool:
        return self._seconds_left(connection) <= 0

    def _seconds_left(self, connection: Connection) -> float:
        """Until it is tried no longer."""
        now = self.clock.now()
        return self.revoke_seconds - (now - (connection.ending_since or now)).total_seconds()
