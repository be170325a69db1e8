"""Connections' records, as connections are made, replaced and deleted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.connections import Connection
from domain.ids import ConnectionId, OrganisationId
from domain.oauth.revocation import Revocation
from domain.ports.stores import NewConnection


class ConnectionRecords(Protocol):
    """Record and secret are in two stores, and nothing may be left in one that the other knows nothing of.

    So a record is DELETING, which no reader sees, before its secret is written and until it is destroyed: whatever
    stops in between is a deletion to be gone on with. What is DELETING, or REVOKED and not done with, is *ending*. The
    statuses that a method may meet are those of
    ``connections.TRANSITIONS``; in any other it changes nothing.
    """

    async def reserve(self, new: NewConnection) -> None:
        """Keep connection and credential's record, DELETING whatever its status says: the secret is yet to come."""

    async def confirm(
        self, organisation_id: OrganisationId, connection_id: ConnectionId, *, secret_version: int
    ) -> None:
        """The secret is there, and so is the connection, ACTIVE. Raises NotFound where it was given up meanwhile."""

    async def rename(self, organisation_id: OrganisationId, connection_id: ConnectionId, name: str) -> None:
        """A new name for connection and credential. Raises NotFound."""

    async def record_replaced(
        self,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        secret_version: int,
        token_expires_at: datetime | None,
    ) -> None:
        """ACTIVE, by this version of the secret; nothing changes by an older one, or while it is ending."""

    async def begin_deleting(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        """From now on no reader finds the connection or its credential.

        MUST be atomic: of two at once, one raises NotFound.
        """

    async def begin_revoking(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        """REVOKED, and ending; no reader finds its credential. Raises NotFound."""

    async def record_revoked(self, ended: Connection, *, revocation: Revocation) -> None:
        """Its secret is destroyed: it is not ending any more. Nothing changes once it has another credential.

        The audit says what became of the grant at the provider.
        """

    async def is_shared(self, connection: Connection) -> bool:
        """Whether to end its grant at the provider may end that of an ACTIVE connection with another credential.

        So it may where that, in any organisation, has the same client and may have the same account
        (``Account.may_be``).
        """

    async def take_ending(self, *, first: int, idle_seconds: float) -> Sequence[Connection]:
        """At most ``first`` that nobody has worked on for so long, the longest first; taken, they are not for so long.

        None is that is postponed. MUST be atomic: of two at once, no connection is taken by both. MUST cost what is
        ending, however many connections there are.
        """

    async def postpone(self, ending: Connection, *, seconds: float) -> None:
        """Nobody takes it before so many seconds have passed. Nothing changes once it is not ending any more."""

    async def remove(
        self, organisation_id: OrganisationId, connection_id: ConnectionId, *, revocation: Revocation
    ) -> None:
        """Forget a DELETING connection with its credential's record: its secret is destroyed. Twice is as once.

        The audit says what became of the grant at the provider.
        """

    async def seconds_late(self, *, idle_seconds: float) -> float:
        """For how long the longest due for ``take_ending`` has been due; 0 where nothing is. Costs what that does."""
