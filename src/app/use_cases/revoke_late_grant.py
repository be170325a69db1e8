"""Revoke a grant that came after the end of its connection: who asked for it was stopped for longer than its lease."""

import attrs

from app.use_cases.revoke_at_provider import RevokeAtProvider
from domain.connections import Connection, ConnectionStatus
from domain.errors import NotFound, ProviderUnavailable, StorageUnavailable
from domain.oauth.revocation import Revocation
from domain.ports import ConnectionStore, EventLog
from domain.tokens import TokenGrant


@attrs.frozen(kw_only=True)
class RevokeLateGrant:
    """As the deletion or revocation would have done. It is stored nowhere, so it is tried once, while it is in hand."""

    connections: ConnectionStore
    revoke: RevokeAtProvider
    events: EventLog

    async def __call__(self, connection: Connection, grant: TokenGrant) -> None:
        """Nothing happens where the connection was not ended. It raises nothing: an event says what became of it."""
        try:
            if not await self._is_ended(connection):
                return
            revocation = await self.revoke.of(connection, grant)
        except (ProviderUnavailable, StorageUnavailable):
            revocation = Revocation.UNREACHABLE
        self.events.note("late_grant_ended", connection_id=connection.id, revocation=revocation)

    async def _is_ended(self, connection: Connection) -> bool:
        try:
            found = await self.connections.get(connection.organisation_id, connection.id)
        except NotFound:
            return True
        return found.status is ConnectionStatus.REVOKED and found.credential_id == connection.credential_id
