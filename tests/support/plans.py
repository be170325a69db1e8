"""How Postgres answers what the stores ask: each statement as it was really sent, explained with its parameters."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
from psycopg import AsyncConnection, sql
from psycopg.abc import Params
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.pool import Connection, Pool, Row, rows_in_utc
from adapters.postgres.tenancy import ENTER
from domain.secret import Secret

# Those of the session's transactions before are in it, too, until they are reported.
_READ_WHOLE = "SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables"
_SCANS = {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


@attrs.frozen
class Node:
    """A step of a plan.

    Attributes:
        depth: How many steps are above it.
        rows: How many it read, those that it threw away included.

    """

    kind: str
    depth: int
    table: str | None
    index: str | None
    rows: float

    def __str__(self) -> str:
        where = self.index or self.table
        backward = "" if where is None else f" {where}"
        return f"{'  ' * self.depth}{self.kind}{backward}: {self.rows:.0f}"


@attrs.frozen
class Plan:
    """How a statement was answered.

    Attributes:
        scanned_whole: The tables of which rows were read in no order, by functions too, which no plan shows.

    """

    nodes: Sequence[Node]
    scanned_whole: frozenset[str]

    def rows_read(self, table: str) -> float:
        return sum(node.rows for node in self.nodes if node.kind in _SCANS and node.table == table)

    def kinds(self) -> set[str]:
        return {node.kind for node in self.nodes}

    def __str__(self) -> str:
        return "\n".join(map(str, self.nodes))


@attrs.frozen
class Statements:
    """What was sent through a pool."""

    pool: Pool
    sent: list[tuple[Any, Params | None]]

    async def plans_of(self, ask: Callable[[], Awaitable[object]]) -> Sequence[Plan]:
        """The plan of each statement with which a question is answered."""
        self.sent.clear()
        await ask()
        plans: list[Plan] = []
        context: tuple[Any, Params | None] = ("SELECT", None)
        for query, parameters in list(self.sent):
            if query == ENTER:
                context = (query, parameters)
            else:
                plans.append(await self._plan(context, query, parameters))
        return plans

    async def _plan(self, context: tuple[Any, Params | None], query: Any, parameters: Params | None) -> Plan:
        async with self.pool.connection() as connection, connection.transaction():
            await connection.execute(*context)
            text = query.as_string(connection) if isinstance(query, sql.Composable) else str(query)
            before = await _read_whole(connection)
            explained = await connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}".encode(), parameters)
            row = await explained.fetchone()
            after = await _read_whole(connection)
        assert row is not None
        scanned = frozenset(table for table, rows in after.items() if rows > before[table])
        return Plan(tuple(_nodes(row["QUERY PLAN"][0]["Plan"], 0)), scanned)


async def _read_whole(connection: Connection) -> dict[str, int]:
    """How many rows of each table were read in no order."""
    rows = await (await connection.execute(_READ_WHOLE)).fetchall()
    return {row["relname"]: row["seq_tup_read"] for row in rows}


@asynccontextmanager
async def recorded(dsn: Secret) -> AsyncIterator[Statements]:
    """A pool of one connection that keeps what is sent through it."""
    sent: list[tuple[Any, Params | None]] = []

    class Recording(AsyncConnection[Row]):
        async def execute(self, query: Any, params: Params | None = None, **options: Any) -> Any:
            sent.append((query, params))
            return await super().execute(query, params, **options)

    pool = AsyncConnectionPool(
        dsn.reveal(),
        connection_class=Recording,
        kwargs={"autocommit": True, "prepare_threshold": None, "row_factory": rows_in_utc},
        min_size=1,
        max_size=1,
        open=False,
    )
    async with pool:
        yield Statements(pool, sent)  # type: ignore[arg-type]  # a pool of a kind of connections


def _nodes(plan: Mapping[str, Any], depth: int) -> Iterator[Node]:
    loops = plan["Actual Loops"]
    read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    yield Node(plan["Node Type"], depth, plan.get("Relation Name"), plan.get("Index Name"), read * loops)
    for below in plan.get("Plans", ()):
        yield from _nodes(below, depth + 1)
