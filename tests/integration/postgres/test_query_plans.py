"""What is asked of very many rows is read along an index, no more of it than is answered.

20,000 connections in one organisation; SWITCHBOARD_TEST_ROWS asks for another number.
"""

import os
from collections.abc import AsyncIterator

import attrs
import pytest

from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.offboarding import PostgresOffboardingStore
from adapters.postgres.pool import open_pool
from domain.lists import DEFAULT_FIRST
from domain.ports import MOST_CONNECTIONS
from tests.integration.postgres.questions import BATCH, questions
from tests.support.crowds import Crowd, a_crowd
from tests.support.plans import Statements, recorded
from tests.support.servers import PostgresServer

CROWDED = ("connections", "credentials")
LARGE = {*CROWDED, "apps", "api_keys", "flows", "refresh_leases"}
ROWS = int(os.environ.get("SWITCHBOARD_TEST_ROWS", "20000"))
# A page of 20 in an order that goes two ways is looked for in two ranges, and then read.
MOST_READ = 2 * (DEFAULT_FIRST + 1) * 2 + 2


@attrs.frozen
class Crowded:
    """A database with a crowd in it, and what is sent to it."""

    statements: Statements
    crowd: Crowd


@pytest.fixture(scope="module")
async def crowded(postgres_server: PostgresServer) -> AsyncIterator[Crowded]:
    with postgres_server.database() as dsn:
        PostgresMigrator(dsn).migrate()
        async with open_pool(dsn, max_size=2) as pool:
            crowd = await a_crowd(pool, connections=ROWS)
        async with recorded(dsn) as statements:
            yield Crowded(statements, crowd)


async def test_what_is_read_is_what_is_answered_however_many_rows_there_are(crowded: Crowded) -> None:
    read: dict[str, float] = {}
    scanned: dict[str, set[str]] = {}
    for name, ask in questions(crowded.statements.pool, crowded.crowd).items():
        plans = await crowded.statements.plans_of(ask)
        assert plans, name
        read[name] = max(plan.rows_read(table) for plan in plans for table in CROWDED)
        scanned[name] = set().union(*(plan.scanned_whole for plan in plans)) & LARGE
    assert {name: rows for name, rows in read.items() if rows > most_read(name)} == {}
    assert {name: tables for name, tables in scanned.items() if tables} == {}


def most_read(name: str) -> int:
    if "connected apps" in name:  # the first connections of each of them
        return (DEFAULT_FIRST + 1) * (MOST_CONNECTIONS + 1)
    return 2 * BATCH if "leaves" in name else MOST_READ


async def test_a_batch_of_an_organisation_that_leaves_is_all_that_is_read_for_it(crowded: Crowded) -> None:
    """Else removing it is quadratic: the larger it is, the more is read for each batch."""
    organisation_id = crowded.crowd.organisation.id
    offboarding = PostgresOffboardingStore(crowded.statements.pool)
    paths = await offboarding.secrets_of(organisation_id, first=BATCH)
    looking = await crowded.statements.plans_of(lambda: offboarding.secrets_of(organisation_id, first=BATCH))
    forgetting = await crowded.statements.plans_of(lambda: offboarding.forget(organisation_id, paths))
    assert BATCH - 2 <= len(paths) <= BATCH  # a flow may be there twice, and its credential with it
    for plan in (*looking, *forgetting):
        assert not plan.scanned_whole & LARGE, plan
        assert max(plan.rows_read(table) for table in CROWDED) <= 2 * BATCH, plan
