"""Who looks on while tokens are kept fresh: callers at each replica, and a look at every connection each second."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any

import attrs
from psycopg import AsyncConnection

from benchmarks.children import Job
from benchmarks.driver import Caller
from benchmarks.generator import driver_job
from benchmarks.load import Load
from benchmarks.scene import Scene

_PAUSE_SECONDS = 0.4
_LOOK_SECONDS = 1.0
_DUE = 0.1
"""Of a life: with less of it left a token is renewed in its caller's request."""
_LOOK = """
SELECT
    extract(epoch FROM min(token_expires_at) - clock_timestamp())::float8 AS least,
    GREATEST(0, extract(epoch FROM clock_timestamp() - min(refresh_due_at)))::float8 AS late,
    count(*) FILTER (WHERE last_refreshed_at IS NULL) AS waiting,
    count(*) FILTER (WHERE status <> 'active') AS ended
FROM connections
"""


@attrs.define
class Seen:
    """What was seen since this was made.

    Attributes:
        seconds: How long each answer took.
        stale: Answers of a token that was due by then.
        errors: Answers other than a token.
        least: At each look, the seconds of validity that the connection with the least had.
        late: At each look, for how long the longest due had been due.
        ended: Connections that are no longer active.

    """

    life: int
    seconds: list[float] = attrs.field(factory=list)
    stale: int = 0
    errors: int = 0
    least: list[float] = attrs.field(factory=list)
    late: list[float] = attrs.field(factory=list)
    ended: int = 0

    @property
    def slowest(self) -> float:
        return max(self.seconds, default=0.0)

    def answered(self, status: bytes | None, body: bytes, *, seconds: float) -> None:
        if status == b"200":
            self.seconds.append(seconds)
            self.stale += json.loads(body)["expires_in"] < self.life * _DUE
        else:
            self.errors += 1

    def looked(self, row: dict[str, Any]) -> None:
        self.least.append(row["least"])
        self.late.append(row["late"])
        self.ended = row["ended"]


@attrs.define(kw_only=True)
class Watch:
    """A run under way."""

    scene: Scene
    postgres: AsyncConnection[dict[str, Any]]
    seen: Seen

    def works(self, loads: Sequence[Load]) -> Iterator[Coroutine[Any, Any, None]]:
        """What goes on until it is cancelled."""
        yield self._look_on()
        for load in loads:
            for number in range(load.connections):
                yield self._draw(driver_job(load, seconds=None), first=number)

    async def look(self) -> dict[str, Any]:
        """At all connections."""
        row = await (await self.postgres.execute(_LOOK)).fetchone()
        assert row is not None
        self.seen.looked(row)
        return row

    async def waiting(self) -> int:
        """How many connections were not renewed yet."""
        return int((await self.look())["waiting"])

    async def provider(self, query: str = "") -> dict[str, int]:
        """Tell the provider something, and be told what it saw."""
        return dict((await self.scene.tenant.http.get(f"{self.scene.stage.provider}/script{query}")).json())

    async def _look_on(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _draw(self, job: Job, *, first: int) -> None:
        """Ask for a token now and then."""
        caller, chance = Caller(job["host"], job["port"]), random.Random(first)
        await caller.connect()
        for request in itertools.islice(itertools.cycle(job["requests"]), first, None, job["connections"]):
            await asyncio.sleep(_PAUSE_SECONDS * chance.uniform(0.5, 1.5))
            began = time.monotonic()
            status, body = await caller.exchange(request.encode())
            self.seen.answered(status, body, seconds=time.monotonic() - began)
