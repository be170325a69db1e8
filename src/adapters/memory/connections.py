import attrs

from adapters.memory.paging import page_of
from domain.connections import Connection, ConnectionEvent, ConnectionStatus, statuses_before
from domain.errors import NotFound
from domain.ids import AppId, ConnectionId, CredentialId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import Clock, NewConnection
from domain.tokens import TokenGrant


@attrs.frozen
class MemoryConnectionStore:
    """A ConnectionStore, by this clock. A MemoryFlowStore puts into it what its flows connected."""

    clock: Clock
    _connections: dict[ConnectionId, Connection] = attrs.field(factory=dict, init=False)

    def put(self, new: NewConnection) -> None:
        self._connections[new.connection.id] = new.connection

    def end_with_credential(self, connection_id: ConnectionId, credential_id: CredentialId) -> None:
        """The credential that was all there is of the connection's grant is over."""
        connection = self._meeting(ConnectionEvent.GRANT_ENDED, connection_id, secret_version=None)
        if connection is not None and connection.credential_id == credential_id:
            self._end(connection, reason="token_expired")

    async def get(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        connection = self._connections.get(connection_id)
        if connection is None or connection.organisation_id != organisation_id:
            raise NotFound
        return connection

    async def list(
        self,
        organisation_id: OrganisationId,
        query: ListQuery,
        *,
        app_id: AppId | None = None,
        only: Narrowing = EVERYTHING,
    ) -> Page[Connection]:
        connections = [
            connection
            for connection in self._connections.values()
            if connection.organisation_id == organisation_id
            and app_id in {None, connection.app_id}
            and only.includes_connection(connection.id, app_id=connection.app_id)
        ]
        return page_of(connections, query)

    async def record_refreshed(self, connection_id: ConnectionId, grant: TokenGrant, *, secret_version: int) -> None:
        connection = self._meeting(ConnectionEvent.REFRESH, connection_id, secret_version)
        if connection is not None:
            now = self.clock.now()
            self._connections[connection_id] = attrs.evolve(
                connection,
                token_expires_at=grant.expires_at,
                scopes=tuple(grant.scope.split()),
                secret_version=secret_version,
                last_refreshed_at=now,
                updated_at=now,
            )

    async def record_grant_ended(self, connection_id: ConnectionId, *, reason: str, secret_version: int) -> None:
        connection = self._meeting(ConnectionEvent.GRANT_ENDED, connection_id, secret_version)
        if connection is not None:
            self._end(connection, reason=reason)

    def _end(self, connection: Connection, *, reason: str) -> None:
        self._connections[connection.id] = attrs.evolve(
            connection,
            status=ConnectionStatus.NEEDS_REAUTHORIZATION,
            status_reason=reason,
            updated_at=self.clock.now(),
        )

    def _meeting(
        self, event: ConnectionEvent, connection_id: ConnectionId, secret_version: int | None
    ) -> Connection | None:
        """The connection, if the event may happen to it and it has no newer version than this, if it matters."""
        connection = self._connections.get(connection_id)
        if connection is None or connection.status not in statuses_before(event):
            return None
        return connection if secret_version is None or connection.secret_version <= secret_version else None
