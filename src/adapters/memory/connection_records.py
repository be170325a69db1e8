from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from adapters.memory.connections import MemoryConnectionStore
from adapters.memory.credentials import MemoryCredentialStore
from domain.connections import Connection, ConnectionEvent, ConnectionStatus
from domain.errors import NotFound
from domain.ids import ConnectionId, OrganisationId
from domain.ports import NewConnection


@attrs.frozen
class MemoryConnectionRecords:
    """A ConnectionRecords of the connections and credentials in these stores, by their clock."""

    connections: MemoryConnectionStore
    credentials: MemoryCredentialStore

    async def reserve(self, new: NewConnection) -> None:
        reserved = attrs.evolve(
            new.connection, status=ConnectionStatus.DELETING, updated_at=self.connections.clock.now()
        )
        self.connections.put(attrs.evolve(new, connection=reserved))
        self.credentials.put(new)
        self.credentials.hide(reserved.credential_id, hidden=True)

    async def confirm(
        self, organisation_id: OrganisationId, connection_id: ConnectionId, *, secret_version: int
    ) -> None:
        connection = self.connections.meeting(ConnectionEvent.CONFIRM, organisation_id, connection_id)
        if connection is None:
            raise NotFound
        self.connections.change(
            connection,
            status=ConnectionStatus.ACTIVE,
            secret_version=secret_version,
            updated_at=connection.created_at,
        )
        self.credentials.hide(connection.credential_id, hidden=False)

    async def rename(self, organisation_id: OrganisationId, connection_id: ConnectionId, name: str) -> None:
        connection = await self.connections.get(organisation_id, connection_id)
        self.connections.change(connection, name=name, updated_at=self.connections.clock.now())
        self.credentials.rename(connection.credential_id, name)

    async def record_replaced(
        self,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        secret_version: int,
        token_expires_at: datetime | None,
    ) -> None:
        connection = self.connections.meeting(ConnectionEvent.REPLACE, organisation_id, connection_id)
        if connection is not None and connection.secret_version <= secret_version:
            self.connections.change(
                connection,
                status=ConnectionStatus.ACTIVE,
                status_reason=None,
                secret_version=secret_version,
                token_expires_at=token_expires_at,
                updated_at=self.connections.clock.now(),
            )

    async def begin_deleting(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        connection = await self.connections.get(organisation_id, connection_id)
        self.credentials.hide(connection.credential_id, hidden=True)
        return self.connections.change(
            connection, status=ConnectionStatus.DELETING, updated_at=self.connections.clock.now()
        )

    async def take_deleting(self, *, first: int, idle_seconds: float) -> Sequence[Connection]:
        now = self.connections.clock.now()
        due = now - timedelta(seconds=idle_seconds)
        deleting = [item for item in self.connections.all() if _is_deleting(item)]
        longest = sorted((item for item in deleting if item.updated_at <= due), key=lambda item: item.updated_at)
        return [self.connections.change(item, updated_at=now) for item in longest[:first]]

    async def remove(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> None:
        connection = self.connections.meeting(ConnectionEvent.CONFIRM, organisation_id, connection_id)
        if connection is not None:
            self.connections.drop(connection)
            await self.credentials.remove([connection.credential_id])

    async def seconds_late(self, *, idle_seconds: float) -> float:
        due = self.connections.clock.now() - timedelta(seconds=idle_seconds)
        late = ((due - item.updated_at).total_seconds() for item in self.connections.all() if _is_deleting(item))
        return max(0.0, *late, 0.0)


def _is_deleting(connection: Connection) -> bool:
    return connection.status is ConnectionStatus.DELETING
