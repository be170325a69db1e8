"""Connections that are made due at once, and how soon the job has renewed them."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from benchmarks.children import Work
from benchmarks.population import Copied
from benchmarks.processor import meter
from benchmarks.scene import Scene

_LOOK_SECONDS = 0.5
_LEAST_A_SECOND = 5
_SECONDS_MORE = 30.0
_MAKE_DUE = "UPDATE connections SET refresh_due_at = clock_timestamp() WHERE id = ANY (%(ids)s)"
_LOOK = """
SELECT
    count(last_refreshed_at) AS renewed,
    COALESCE(extract(epoch FROM max(last_refreshed_at) - %(since)s), 0)::float8 AS seconds
FROM connections
WHERE id = ANY (%(ids)s) AND last_refreshed_at >= %(since)s
"""


@attrs.frozen
class DueConnections:
    """Those of a scene whose service processes have their jobs on."""

    scene: Scene
    postgres: AsyncConnection[dict[str, Any]]

    async def renewed(self, of: Sequence[Copied]) -> Work:
        """Make them due, and return when all are recorded, or in the end all the same: each that is not is an error.

        The time is Postgres's own, of the last that was recorded: how often it is asked does not matter.
        """
        sent, spent = await self._requests(), meter()
        ids = [copied.id for copied in of]
        await self.postgres.execute(_MAKE_DUE, {"ids": ids})
        looked = {"ids": ids, "since": (await self._row("SELECT clock_timestamp() AS now", {}))["now"]}
        began = time.monotonic()
        deadline = began + len(ids) / _LEAST_A_SECOND + _SECONDS_MORE
        seen = await self._row(_LOOK, looked)
        while seen["renewed"] < len(ids) and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_SECONDS)
            seen = await self._row(_LOOK, looked)
        done = seen["renewed"]
        return Work(
            done=done,
            errors=len(ids) - done,
            retries=await self._requests() - sent - done,
            began=began,
            ended=began + (seen["seconds"] or deadline - began),
            busy=0,
            spent=spent(),
        )

    async def _row(self, statement: str, parameters: dict[str, Any]) -> dict[str, Any]:
        row = await (await self.postgres.execute(statement.encode(), parameters)).fetchone()
        assert row is not None
        return row

    async def _requests(self) -> int:
        answered = await self.scene.tenant.http.get(f"{self.scene.stage.provider}/script")
        return int(answered.json()["requests"])


@asynccontextmanager
async def due_connections(scene: Scene) -> AsyncIterator[DueConnections]:
    """As a superuser, whom row security does not hold."""
    dsn = scene.stage.superuser_dsn.reveal()
    async with await AsyncConnection.connect(dsn, autocommit=True, row_factory=dict_row) as postgres:
        yield DueConnections(scene, postgres)
