from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from adapters.memory.connections import MemoryConnectionStore
from adapters.memory.credentials import MemoryCredentialStore
from domain.connections import Connection, ConnectionEvent, ConnectionStatus
from domain.errors import NotFound
from domain.ids import ConnectionId, OrganisationId
from domain.oauth.client import OAuthClient
from domain.oauth.revocation import Revocation
from domain.ports import NewConnection


@attrs.frozen
class MemoryConnectionRecords:
    """A ConnectionRecords of the connections and credentials in these stores, by their clock."""

    connections: MemoryConnectionStore
    credentials: MemoryCredentialStore
    _not_before: dict[ConnectionId, datetime] = attrs.field(factory=dict, init=False)

    async def reserve(self, new: NewConnection) -> None:
        reserved = attrs.evolve(
            new.connection,
            status=ConnectionStatus.DELETING,
            ending_since=self.connections.clock.now(),
            updated_at=self.connections.clock.now(),
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
            ending_since=None,
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
        ending = connection is not None and connection.ending_since is not None
        if connection is not None and not ending and connection.secret_version <= secret_version:
            self.credentials.hide(connection.credential_id, hidden=False)
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
        now = self.connections.clock.now()
        return self.connections.change(connection, status=ConnectionStatus.DELETING, ending_since=now, updated_at=now)

    async def begin_revoking(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        connection = await self.connections.get(organisation_id, connection_id)
        self.credentials.hide(connection.credential_id, hidden=True)
        now = self.connections.clock.now()
        return self.connections.change(
            connection, status=ConnectionStatus.REVOKED, status_reason=None, ending_since=now, updated_at=now
        )

    async def record_revoked(self, ended: Connection, *, revocation: Revocation) -> None:  # noqa: ARG002 - no audit here
        connection = self.connections.meeting(ConnectionEvent.REVOKE, ended.organisation_id, ended.id)
        if connection is None or connection.status is not ConnectionStatus.REVOKED:
            return
        if connection.credential_id == ended.credential_id:
            self.connections.change(
                connection,
                ending_since=None,
                secret_version=1,
                token_expires_at=None,
                updated_at=self.connections.clock.now(),
            )

    async def is_shared(self, connection: Connection) -> bool:
        return any(
            other.status is ConnectionStatus.ACTIVE
            and other.credential_id != connection.credential_id
            and _client_of(other) == _client_of(connection)
            and connection.account.may_be(other.account)
            for other in self.connections.all()
        )

    async def take_ending(self, *, first: int, idle_seconds: float) -> Sequence[Connection]:
        now = self.connections.clock.now()
        due = now - timedelta(seconds=idle_seconds)
        longest = sorted((item for item in self._ending() if item.updated_at <= due), key=lambda item: item.updated_at)
        return [self.connections.change(item, updated_at=now) for item in longest[:first]]

    async def postpone(self, ending: Connection, *, seconds: float) -> None:
        self._not_before[ending.id] = self.connections.clock.now() + timedelta(seconds=seconds)

    async def remove(
        self,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        revocation: Revocation,  # noqa: ARG002 - no audit here
    ) -> None:
        connection = self.connections.meeting(ConnectionEvent.CONFIRM, organisation_id, connection_id)
        if connection is not None:
            self.connections.drop(connection)
            await self.credentials.remove([connection.credential_id])

    async def seconds_late(self, *, idle_seconds: float) -> float:
        due = self.connections.clock.now() - timedelta(seconds=idle_seconds)
        late = ((due - item.updated_at).total_seconds() for item in self._ending())
        return max(0.0, *late, 0.0)

    def _ending(self) -> list[Connection]:
        """What may be gone on with now."""
        now = self.connections.clock.now()
        return [
            item
            for item in self.connections.all()
            if item.ending_since is not None and self._not_before.get(item.id, now) <= now
        ]


def _client_of(connection: Connection) -> tuple[str, str] | None:
    client = connection.made_with
    return (client.client_id, client.token_endpoint) if isinstance(client, OAuthClient) else None
