from collections.abc import Sequence
from typing import Any

import attrs

from adapters.memory.paging import page_of
from domain.connections import Connection, ConnectionEvent, ConnectionStatus, statuses_before
from domain.errors import NotFound
from domain.ids import AppId, ConnectionId, CredentialId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import Clock, NewConnection


@attrs.frozen
class MemoryConnectionStore:
    """A ConnectionStore, by this clock. A MemoryFlowStore puts into it what its flows connected."""

    clock: Clock
    _connections: dict[ConnectionId, Connection] = attrs.field(factory=dict, init=False)

    def put(self, new: NewConnection) -> None:
        self._connections[new.connection.id] = new.connection

    def end_with_credential(
        self, organisation_id: OrganisationId, connection_id: ConnectionId, credential_id: CredentialId
    ) -> None:
        """The credential that was all there is of the connection's grant is over."""
        connection = self.meeting(ConnectionEvent.GRANT_ENDED, organisation_id, connection_id)
        if connection is not None and connection.credential_id == credential_id:
            self.end(connection, reason="token_expired")

    async def get(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        connection = self._connections.get(connection_id)
        deleting = connection is not None and connection.status is ConnectionStatus.DELETING
        if connection is None or deleting or connection.organisation_id != organisation_id:
            raise NotFound
        return connection

    def all(self) -> Sequence[Connection]:
        return list(self._connections.values())

    def change(self, connection: Connection, **members: Any) -> Connection:
        self._connections[connection.id] = attrs.evolve(connection, **members)
        return self._connections[connection.id]

    def drop(self, connection: Connection) -> None:
        del self._connections[connection.id]

    def found(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection | None:
        """The organisation's connection, whatever its status."""
        connection = self._connections.get(connection_id)
        return connection if connection is not None and connection.organisation_id == organisation_id else None

    def meeting(
        self, event: ConnectionEvent, organisation_id: OrganisationId, connection_id: ConnectionId
    ) -> Connection | None:
        """The organisation's connection, if the event may happen to it."""
        connection = self.found(organisation_id, connection_id)
        return connection if connection is not None and connection.status in statuses_before(event) else None

    async def list(
        self,
        organisation_id: OrganisationId,
        query: ListQuery,
        *,
        app_id: AppId | None = None,
        status: ConnectionStatus | None = None,
        only: Narrowing = EVERYTHING,
    ) -> Page[Connection]:
        connections = [
            connection
            for connection in self._connections.values()
            if connection.organisation_id == organisation_id
            and connection.status is not ConnectionStatus.DELETING
            and app_id in {None, connection.app_id}
            and status in {None, connection.status}
            and only.includes_connection(connection.id, app_id=connection.app_id)
        ]
        return page_of(connections, query)

    def end(self, connection: Connection, *, reason: str) -> None:
        self.change(
            connection,
            status=ConnectionStatus.NEEDS_REAUTHORIZATION,
            status_reason=reason,
            updated_at=self.clock.now(),
        )
