"""Delete connections: record first, then the secret, then the record; whatever stops in between is gone on with.

The grant at the provider is left standing: nothing is revoked there yet.
"""

import attrs

from app.use_cases.each import each, raise_first
from app.use_cases.in_flight import InFlight
from app.use_cases.read_grant import path_of
from domain.access import Permission, Principal
from domain.connections import Connection
from domain.ids import ConnectionId, OrganisationId
from domain.ports import ConnectionRecords, ConnectionStore, SecretStore

_BATCH = 100
IDLE_SECONDS = 60.0
"""For how long a deletion is its beginner's: longer than the stores' own time-outs together."""


@attrs.frozen
class FinishDeletion:
    """Destroy the secret, every version of it, and forget the record. Twice is as once."""

    records: ConnectionRecords
    secrets: SecretStore

    async def __call__(self, connection: Connection) -> None:
        """Raises StorageUnavailable: somebody goes on with it later."""
        await self.secrets.destroy(path_of(connection))
        await self.records.remove(connection.organisation_id, connection.id)


@attrs.frozen(kw_only=True)
class DeleteConnection:
    """Hide the connection from all readers, and finish that whoever asked for it stays or goes."""

    connections: ConnectionStore
    records: ConnectionRecords
    finish: FinishDeletion
    in_flight: InFlight

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, connection_id: ConnectionId
    ) -> ConnectionId:
        """Raises NotFound, also for what is being deleted; StorageUnavailable where it is hidden alone."""
        principal.require(Permission.EDIT, organisation_id)
        connection = await self.connections.get(organisation_id, connection_id)
        principal.require_connection(connection.id, app_id=connection.app_id)
        await self.in_flight.run(self._delete(connection))
        return connection.id

    async def _delete(self, connection: Connection) -> None:
        await self.finish(await self.records.begin_deleting(connection.organisation_id, connection.id))


@attrs.frozen(kw_only=True)
class ResumeDeletions:
    """Go on with deletions that nobody works on any more."""

    records: ConnectionRecords
    finish: FinishDeletion
    idle_seconds: float = IDLE_SECONDS

    async def __call__(self) -> bool:
        """Whether there may be more to do.

        Raises StorageUnavailable, once it has done what could be done; what was taken and not finished is due again
        after ``idle_seconds``. Nothing is taken while the secret store takes no writes.
        """
        await self.finish.secrets.ready()
        taken = await self.records.take_ending(first=_BATCH, idle_seconds=self.idle_seconds)
        raise_first(*await each(self.finish, taken))
        return len(taken) == _BATCH

    async def seconds_late(self) -> float:
        """How long the longest due has been due."""
        return await self.records.seconds_late(idle_seconds=self.idle_seconds)
