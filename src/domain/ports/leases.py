"""One refresh of a connection at a time, across replicas; what was sent is kept beyond the holder's death."""

from typing import Protocol

import attrs

from domain.connections import Connection
from domain.ids import ConnectionId, OrganisationId
from domain.refreshes import Illness, Journal, Presented
from domain.tokens import TokenGrant


class LeaseLost(Exception):
    """Somebody else has taken this refresh over."""


@attrs.frozen(kw_only=True)
class Lease:
    """A connection that is ours to refresh, for some seconds.

    Attributes:
        fence: Rises with each taking.
        connection: As recorded now.
        journal: What an earlier holder sent and did not settle.
        failures: In a row, as rests were laid down for them.
        illness: What keeps the app's connections from being refreshed, until one refresh shows that it is over.

    """

    fence: int
    connection: Connection
    journal: Journal | None
    failures: int
    illness: Illness | None


@attrs.frozen
class NotNow:
    """The lease is another's, or the connection rests after a failure.

    Attributes:
        resting_seconds: Until the rest is over; None where somebody holds the lease.
        connection: As recorded now: with a newer version, if its holder is done with all but the release.

    """

    resting_seconds: float | None
    connection: Connection


class RefreshLeases(Protocol):
    """Leases by the store's own clock; no connection of the store is held meanwhile.

    A lease is over when it is released, or when its seconds have passed *and* somebody else took it: until then its
    holder has it. Whoever lost it can neither journal nor rest nor end; what it has secured is recorded all the same,
    for that goes by version.
    """

    async def take(
        self,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        seconds: float,
        through_rest: bool = False,
        ending: bool = False,
    ) -> Lease | NotNow:
        """The lease. MUST be atomic: of two at once one has it. ``through_rest``: also while the connection rests.

        ``ending``: also of a connection that is (``ConnectionRecords``), for whoever ends it. Raises NotFound.
        """

    async def journal(self, lease: Lease, presented: Presented, *, seconds: float) -> int:
        """Note that the token is about to be sent, and begin the lease's seconds anew; answers how often it now was.

        Raises LeaseLost.
        """

    async def record(self, lease: Lease, grant: TokenGrant, *, secret_version: int) -> bool:
        """In one transaction: expiry, scopes, version and time of the refresh; the journal settled; the lease released.

        False where the lease was lost: the grant is recorded all the same unless a newer version is, or the connection
        is at another credential now. A connection whose grant was taken for over before is active again by a newer one.
        """

    async def release(self, lease: Lease) -> None:
        """Let others have it. The journal stays. Twice is as once."""

    async def rest(self, lease: Lease, *, seconds: float, sent: int | None) -> None:
        """Release, and let nobody take it before so many seconds have passed; one failure more.

        ``sent`` is how often the token was sent without an answer that settles it; None leaves that as journalled.
        """

    async def end(self, lease: Lease, *, reason: str, secret_version: int) -> bool:
        """Release; the connection NEEDS_REAUTHORIZATION for this reason, unless a newer version is recorded.

        False, and nothing changes, where the lease was lost.
        """
