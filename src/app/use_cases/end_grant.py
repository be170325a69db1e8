"""End the grant of a connection that is deleted or revoked: at the provider, in the secret store, in the record.

The record says that it is ending from the first step to the last: whoever comes after a crash goes on from it, and
every step may be done twice. A provider that cannot be reached holds up the end of its secret for a while, and no more.
"""

from datetime import timedelta

import attrs

from app.use_cases.read_grant import path_of
from app.use_cases.revoke_at_provider import RevokeAtProvider
from domain.connections import Connection, ConnectionStatus
from domain.oauth.revocation import Revocation
from domain.ports import Clock, ConnectionRecords, EventLog, SecretStore

REVOKE_SECONDS = 1800.0
"""For how long a revocation is tried; what is left standing then is in the audit. Less than the hour after which a
removed credential's secret goes by itself."""


@attrs.frozen(kw_only=True)
class EndGrant:
    """Revoke it where that hurts nobody else, destroy every version of its secret, record what became of it."""

    clock: Clock
    records: ConnectionRecords
    secrets: SecretStore
    revoke: RevokeAtProvider
    events: EventLog
    revoke_seconds: float = REVOKE_SECONDS

    async def __call__(self, connection: Connection) -> None:
        """Raises ProviderUnavailable, StorageUnavailable: somebody goes on with it later."""
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
