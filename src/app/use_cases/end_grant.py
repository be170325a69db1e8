"""End the grant of a connection that is deleted or revoked: at the provider, in the secret store, in the record.

The record says that it is ending from the first step to the last: whoever comes after a crash goes on from it, and
every step may be done twice. A provider that cannot be reached holds up the end of its secret for a while, and no more.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

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

    def _is_over(self, connection: Connection) -> bool:
        since = connection.ending_since
        return since is not None and since + timedelta(seconds=self.revoke_seconds) <= self.clock.now()
