"""What is asked of very many rows is read along an index, no more of it than is answered.

20,000 connections in one organisation; SWITCHBOARD_TEST_ROWS asks for another number.
"""

import os

from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import open_pool
from domain.lists import DEFAULT_FIRST
from tests.contract.stores import postgres_stores
from tests.integration.postgres.questions import questions
from tests.support.crowds import a_crowd
from tests.support.plans import recorded
from tests.support.servers import PostgresServer

CROWDED = ("connections", "credentials")
ROWS = int(os.environ.get("SWITCHBOARD_TEST_ROWS", "20000"))
# A page of 20 in an order that goes two ways is looked for in two ranges, and then read.
MOST_READ = 2 * (DEFAULT_FIRST + 1) * 2 + 2


async def test_what_is_read_is_what_is_answered_however_many_rows_there_are(postgres_server: PostgresServer) -> None:
    read: dict[str, float] = {}
    with postgres_server.database() as dsn:
        PostgresMigrator(dsn).migrate()
        async with open_pool(dsn, max_size=2) as pool:
            crowd = await a_crowd(pool, connections=ROWS)
        async with recorded(dsn) as statements:
            for name, ask in questions(postgres_stores(statements.pool), crowd).items():
                plans = await statements.plans_of(ask)
                assert plans, name
                read[name] = max(plan.rows_read(table) for plan in plans for table in CROWDED)
    assert {name: rows for name, rows in read.items() if rows > MOST_READ} == {}
