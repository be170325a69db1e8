from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from adapters.memory.connections import MemoryConnectionStore
from domain.connections import ConnectionStatus
from domain.ports import Clock, Ending


@attrs.frozen
class MemoryEndingGrants:
    """An EndingGrants, by this clock."""

    connections: MemoryConnectionStore
    clock: Clock

    async def count(self, *, within: timedelta, most: int) -> Ending:
        until = self.clock.now() + within
        active = [found for found in self.connections.all() if found.status is ConnectionStatus.ACTIVE]
        return Ending(
            final=min(most, _before(until, (connection.grant_final_at for connection in active))),
            idle=min(most, _before(until, (connection.grant_idle_at for connection in active))),
        )


def _before(until: datetime, moments: Iterable[datetime | None]) -> int:
    return sum(moment is not None and moment <= until for moment in moments)
