"""What keeps an app's connections from being refreshed, told among all replicas."""

from typing import Protocol

from domain.connections import Connection
from domain.refreshes import Illness, Tally


class AppIncidents(Protocol):
    """Of each client at its provider: one organisation's connections of an app, made with one client id.

    What it tells lives for as long as there are incidents; where there are none nothing is stored.
    """

    async def refused(self, connection: Connection) -> Tally:
        """Count a grant that the provider says is over, in a window that begins with the first such."""

    async def open(self, connection: Connection, illness: Illness, *, seconds: float) -> None:
        """Its client is ill; whoever comes after so many seconds may try one refresh."""

    async def probe(self, connection: Connection, *, seconds: float) -> float | None:
        """None: it is ours to try, and nobody else's for so many seconds; else for how many seconds it rests.

        MUST be atomic: of two at once one has it. None also where there is no incident any more.
        """

    async def close(self, connection: Connection) -> None:
        """Its client is well again. Twice is as once."""
