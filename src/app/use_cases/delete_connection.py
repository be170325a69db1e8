"""Delete and revoke connections: record first, then the grant's end; whatever stops in between is gone on with."""

from contextlib import suppress

import attrs

from app.use_cases.each import each, raise_first
from app.use_cases.end_grant import IDLE_SECONDS, EndGrant
from app.use_cases.in_flight import InFlight
from app.use_cases.read_connection import ConnectionWithApp
from domain.access import Permission, Principal
from domain.connections import Connection, ConnectionStatus
from domain.errors import ProviderUnavailable
from domain.ids import ConnectionId, OrganisationId
from domain.ports import AppStore, ConnectionRecords, ConnectionStore, EventLog

_BATCH = 100


@attrs.frozen(kw_only=True)
class EndNow:
    """Do at once what can be done at once, whether whoever asked for it stays or goes; the job does the rest."""

    end: EndGrant
    in_flight: InFlight
    events: EventLog

    async def __call__(self, connection: Connection) -> None:
        """Raises StorageUnavailable where nothing but the record is done; the job goes on with it all the same."""
        await self.in_flight.run(self._end(connection))

    async def _end(self, connection: Connection) -> None:
        try:
            await self.end(connection)
        except ProviderUnavailable as error:  # it is as good as ended for all who ask us
            self.events.note("revocation_postponed", connection_id=connection.id, error=error.error or "")


@attrs.frozen(kw_only=True)
class DeleteConnection:
    """Hide the connection from all readers, and end its grant."""

    connections: ConnectionStore
    records: ConnectionRecords
    end: EndNow

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, connection_id: ConnectionId
    ) -> ConnectionId:
        """Raises NotFound, also for what is being deleted; StorageUnavailable where it is hidden alone."""
        principal.require(Permission.EDIT, organisation_id)
        connection = await self.connections.get(organisation_id, connection_id)
        principal.require_connection(connection.id, app_id=connection.app_id)
        await self.end(await self.records.begin_deleting(organisation_id, connection_id))
        return connection.id


@attrs.frozen(kw_only=True)
class RevokeConnection:
    """Keep the record, and end its grant: nothing is issued until it is authorised, or its form filled in, again."""

    connections: ConnectionStore
    records: ConnectionRecords
    apps: AppStore
    end: EndNow

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, connection_id: ConnectionId
    ) -> ConnectionWithApp:
        """The connection as it is then. Twice is as once. Raises NotFound; StorageUnavailable as a deletion does."""
        principal.require(Permission.EDIT, organisation_id)
        connection = await self.connections.get(organisation_id, connection_id)
        principal.require_connection(connection.id, app_id=connection.app_id)
        if connection.status is not ConnectionStatus.REVOKED or connection.ending_since is not None:
            await self.end(await self.records.begin_revoking(organisation_id, connection_id))
            connection = await self.connections.get(organisation_id, connection_id)
        app = await self.apps.get_kept(connection.app_organisation_id, connection.app_id)
        return ConnectionWithApp(connection, app)


@attrs.frozen(kw_only=True)
class ResumeEndings:
    """Go on with deletions and revocations that nobody works on any more."""

    records: ConnectionRecords
    end: EndGrant
    idle_seconds: float = IDLE_SECONDS

    async def __call__(self) -> bool:
        """Whether there may be more to do.

        Raises StorageUnavailable, once it has done what could be done; what was taken and not finished is due again
        after ``idle_seconds``. Nothing is taken while the secret store takes no writes.
        """
        await self.end.secrets.ready()
        taken = await self.records.take_ending(first=_BATCH, idle_seconds=self.idle_seconds)
        raise_first(*await each(self._end, taken))
        return len(taken) == _BATCH

    async def _end(self, connection: Connection) -> None:
        with suppress(ProviderUnavailable):  # the record tells how long it has been away
            await self.end(connection)

    async def seconds_late(self) -> float:
        """How long the longest due has been due."""
        return await self.records.seconds_late(idle_seconds=self.idle_seconds)
