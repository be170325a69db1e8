"""How many grants will end."""

from datetime import timedelta
from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class Ending:
    """How many active connections' grants end: by an end that no renewal moves, and unless they are renewed before."""

    final: int
    idle: int


class EndingGrants(Protocol):
    """Active connections of all organisations, by ``grant_final_at`` and ``grant_idle_at``."""

    async def count(self, *, within: timedelta, most: int) -> Ending:
        """Those that end within that time, or have ended and nobody found out; of each kind ``most`` stands for more.

        It costs no more than to count so many, however many connections there are.
        """
