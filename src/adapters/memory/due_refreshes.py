from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import attrs

from adapters.memory.connections import MemoryConnectionStore
from domain.connections import Connection, ConnectionStatus
from domain.ports import Clock


@attrs.frozen
class MemoryDueRefreshes:
    """A DueRefreshes, by this clock. Here no organisation goes."""

    connections: MemoryConnectionStore
    clock: Clock

    async def take(self, *, first: int, seconds: float) -> Sequence[Connection]:
        later = self.clock.now() + timedelta(seconds=seconds)
        due = sorted(self._due(), key=lambda found: found[0])[:first]
        return [self.connections.change(connection, refresh_due_at=later) for _, connection in due]

    async def seconds_late(self) -> float:
        now = self.clock.now()
        return max(((now - at).total_seconds() for at, _ in self._due()), default=0.0)

    def _due(self) -> Iterable[tuple[datetime, Connection]]:
        for connection in self.connections.all():
            at = connection.refresh_due_at
            if connection.status is ConnectionStatus.ACTIVE and at is not None and at <= self.clock.now():
                yield at, connection
