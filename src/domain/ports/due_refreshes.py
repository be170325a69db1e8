"""Which connections' tokens are to be renewed though nobody asks."""

from collections.abc import Sequence
from typing import Protocol

from domain.connections import Connection


class DueRefreshes(Protocol):
    """Active connections of all organisations that stay, by their ``refresh_due_at``."""

    async def take(self, *, first: int, seconds: float) -> Sequence[Connection]:
        """The longest due, at most ``first``; none of them is due again for so many seconds.

        MUST be atomic: of two takers at once one has a connection, and neither waits for the other. Whoever took it
        and dies leaves it due after those seconds; a refresh that is recorded says when it is due next.
        """

    async def seconds_late(self) -> float:
        """For how long the longest due has been due; 0 for none."""
