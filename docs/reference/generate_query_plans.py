"""Write ``query-plans.md``: ``PYTHONPATH=. .venv/bin/python docs/reference/generate_query_plans.py [ROWS]``.

A server of its own, an organisation of 1,000 connections and one of ROWS (a million unless told: five minutes), each in
a database of its own; both are asked in turns, so that whatever else the machine does is in both numbers.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import attrs

from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import open_pool
from adapters.postgres.tenancy import ask
from tests.integration.postgres.questions import Question, questions
from tests.support.crowds import Crowd, a_crowd
from tests.support.plans import Statements, recorded
from tests.support.servers import PostgresServer, a_postgres_server

PAGE = Path(__file__).parent / "query-plans.md"
FEW = 1000
ROUNDS = 101

_COUNTED = "SELECT count(*) FROM connections WHERE organisation_id = %(organisation_id)s AND status <> 'deleting'"

_HEAD = """# Query plans

What the stores ask of an organisation with {few:,} and with {many:,} connections (each with its credential and
its lease; 50 apps and 50 keys; nine in ten connections are called as their app is; beside it one with an app, a key and
a flow for every ten of these connections): the median time of a whole answer in milliseconds, both asked in
turns {rounds} times on one connection, and how many rows of connections and credentials were read for it. A page has 20
items; one more is read to know whether there are more, and one to know whether there are any before it.

Written by `docs/reference/generate_query_plans.py`. `tests/integration/postgres/test_query_plans.py` holds the rows
read, at 20,000 connections and, with `SWITCHBOARD_TEST_ROWS`, at any number, and that of connections, credentials,
apps, keys, flows and leases nothing is read whole (no sequential scan), also by the functions that a plan shows as
Function Scan alone. What has a row or two here (organisations, incidents, sealed grants, the counts of 50 apps) is, by
the planner's choice.

Two cores, often busy with other work: times scatter, in both columns alike, and the rows read do not.

To count the {many:,} rows for `totalCount`, as a page without the kept counts would, took {counted:.1f} ms beside that.

What grows: an order of more than one field beside `id` sorts what is the same in the first; of connections inside of
several apps (a narrowed key's), those in between are read too; for a filter and another order than by `id`, the planner
chooses between the filter's index and the order's. A key narrowed to connections counts those that it names. Apps and
keys of the organisation are counted for `totalCount`, one by one. Of a connected app up to 100 connections are read;
the smaller organisation has 20 of each.

| asked | rows read | {few:,} | {many:,} | ratio |
|---|---:|---:|---:|---:|
"""


@attrs.frozen
class Side:
    """One of the two databases."""

    statements: Statements
    crowd: Crowd

    @property
    def questions(self) -> Mapping[str, Question]:
        return questions(self.statements.pool, self.crowd)

    async def counting(self) -> float:
        parameters = {"organisation_id": self.crowd.organisation.id}
        count = partial(ask, self.statements.pool, self.crowd.organisation.id, _COUNTED, parameters)
        return statistics.median([await _milliseconds(count) for _ in range(11)])


async def _milliseconds(ask: Question) -> float:
    began = time.perf_counter()
    await ask()
    return (time.perf_counter() - began) * 1000


async def _side(stack: AsyncExitStack, server: PostgresServer, connections: int) -> Side:
    dsn = stack.enter_context(server.database())
    PostgresMigrator(dsn).migrate()
    async with open_pool(dsn, max_size=2) as pool:
        crowd = await a_crowd(pool, connections=connections)
    return Side(await stack.enter_async_context(recorded(dsn)), crowd)


async def page(server: PostgresServer, many: int) -> str:
    """The page as it is measured now."""
    async with AsyncExitStack() as stack:
        small, large = await _side(stack, server, FEW), await _side(stack, server, many)
        rows, plans = [], []
        for name, of_few in small.questions.items():
            of_many = large.questions[name]
            told = await large.statements.plans_of(of_many)
            pairs = [(await _milliseconds(of_few), await _milliseconds(of_many)) for _ in range(ROUNDS)]
            few_p50, many_p50 = (statistics.median(times) for times in zip(*pairs, strict=True))
            read = sum(plan.rows_read(table) for plan in told for table in ("connections", "credentials"))
            rows.append(f"| {name} | {read:.0f} | {few_p50:.2f} | {many_p50:.2f} | {many_p50 / few_p50:.2f} |")
            if "back" not in name and "first" not in name:
                plans += [f"\n## {name}\n", "```", *map(str, told), "```"]
        head = _HEAD.format(few=FEW, many=many, rounds=ROUNDS, counted=await large.counting())
    return head + "\n".join(
        [*rows, "\nEach plan below is the one at the larger number: steps, indices, rows read.", *plans, ""]
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, a_postgres_server(Path(folder) / "postgres") as postgres:
        PAGE.write_text(asyncio.run(page(postgres, int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
