"""Who publishes and who listens to hints in a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from adapters.postgres.hints import PostgresHints
from adapters.postgres.pool import Pool
from domain.ids import ConnectionId
from domain.ports import Hint, HintKind
from domain.secret import Secret
from tests.support.domain_examples import an_id


@attrs.define(eq=False)
class Listener:
    """A HintListener that keeps what it is told."""

    heard: list[Hint] = attrs.field(factory=list)
    times_missed: int = 0

    def told(self, hint: Hint) -> None:
        self.heard.append(hint)

    def missed(self) -> None:
        self.times_missed += 1


@attrs.define(eq=False)
class Noted:
    """An EventLog that keeps what it is told."""

    events: list[str] = attrs.field(factory=list)

    def note(self, event: str, **fields: str) -> None:
        del fields
        self.events.append(event)


def a_connection_hint() -> Hint:
    return Hint(HintKind.CONNECTION, an_id(ConnectionId))


@asynccontextmanager
async def postgres_hints(pool: Pool, dsn: Secret, noted: Noted | None = None) -> AsyncIterator[PostgresHints]:
    """Hints as a process has them: sending through the pool, listening on a connection of their own."""
    hints = PostgresHints(pool, noted or Noted())
    tasks = {asyncio.create_task(hints.listen(dsn)), asyncio.create_task(hints.send_published())}
    try:
        yield hints
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
