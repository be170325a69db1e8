"""Statements that are prepared: where they are, that they hold tenants apart all the same, and outlive a migration."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from psycopg import sql

from adapters.postgres.pool import Pool, Row, open_pool
from adapters.postgres.tenancy import ask, find_by_hash
from domain.secret import Secret
from tests.integration.postgres.line import Line
from tests.integration.postgres.two_organisations import Two

_OFTEN = 10
"""After five runs Postgres may take one plan for all."""
_OWN = "SELECT id FROM flows"
_PLANS = "SELECT statement, generic_plans FROM pg_prepared_statements"


@pytest.fixture
async def one(migrated_database: Secret) -> AsyncIterator[Pool]:
    """A pool of one connection."""
    async with open_pool(migrated_database, max_size=1) as pool:
        yield pool


async def generic_plans(pool: Pool, statement: str) -> list[int]:
    async with pool.connection() as connection:
        rows = await (await connection.execute(_PLANS)).fetchall()
    return [row["generic_plans"] for row in rows if row["statement"] == statement]


async def test_one_plan_for_all_finds_each_organisation_its_own_rows_alone(two: Two, one: Pool) -> None:
    for table in two.tables:
        statement = sql.SQL("SELECT DISTINCT organisation_id FROM {}").format(sql.Identifier(table)).as_string()
        for organisation_id in (two.ours, two.theirs, None) * _OFTEN:
            found = {row["organisation_id"] for row in (await ask(one, organisation_id, statement, prepared=True)).rows}
            assert found == {organisation_id} - {None}, table
        [times] = await generic_plans(one, statement)
        assert times > 0, table


async def test_nobody_writes_into_another_organisation_by_a_prepared_statement(two: Two, one: Pool) -> None:
    statement = "UPDATE flows SET name = 'theirs no more' WHERE organisation_id = %(organisation_id)s"
    for _ in range(_OFTEN):
        theirs = await ask(one, two.ours, statement, {"organisation_id": two.theirs}, prepared=True)
        ours = await ask(one, two.ours, statement, {"organisation_id": two.ours}, prepared=True)
        assert (theirs.count, ours.count) == (0, 1)


async def test_behind_a_pooler_nothing_is_prepared(line: Line) -> None:
    line.pose_as_pooler()
    async with open_pool(line.dsn, max_size=1) as pool:
        for _ in range(_OFTEN):
            await ask(pool, None, "SELECT 42", prepared=True)
        async with pool.connection() as connection:
            assert await (await connection.execute(_PLANS)).fetchall() == []


async def test_a_statement_that_is_not_to_be_prepared_never_is(one: Pool) -> None:
    for _ in range(_OFTEN):
        await ask(one, None, "SELECT 42")
    assert await generic_plans(one, "SELECT 42") == []


async def asked_in_a_context(pool: Pool, statement: str) -> Row | None:
    return (await ask(pool, None, statement, prepared=True)).rows[0]


async def asked_by_hash(pool: Pool, statement: str) -> Row | None:
    return await find_by_hash(pool, statement, {})


@pytest.mark.parametrize("asked", [asked_in_a_context, asked_by_hash])
async def test_a_migration_under_way_is_not_noticed(
    migrated_database: Secret, one: Pool, asked: Callable[[Pool, str], Awaitable[Row | None]]
) -> None:
    async def migrate(statement: str) -> None:
        async with one.connection() as connection:
            await connection.execute(statement.encode())

    await migrate("CREATE TABLE migrated AS SELECT 1 AS a")
    try:
        assert await asked(one, "SELECT * FROM migrated") == {"a": 1}
        async with open_pool(migrated_database, max_size=1) as other, other.connection() as connection:
            await connection.execute("ALTER TABLE migrated ADD COLUMN b int DEFAULT 2")
        assert await asked(one, "SELECT * FROM migrated") == {"a": 1, "b": 2}
    finally:
        await migrate("DROP TABLE migrated")


@pytest.mark.usefixtures("two")
async def test_what_is_found_by_a_hash_is_prepared_and_in_no_organisation(one: Pool) -> None:
    for _ in range(_OFTEN):
        assert await find_by_hash(one, _OWN, {}) is None
    assert await generic_plans(one, _OWN) == [_OFTEN]  # without parameters there is but one plan
