"""What sets a context, what finds one by a hash, and that neither outlives its transaction."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.pool import Pool, open_pool
from adapters.postgres.tenancy import ask, enter, within
from domain.secret import Secret
from tests.integration.postgres.two_organisations import Two
from tests.support.domain_examples import a_secret

_FINDERS = {
    "api_key_of_hash": ("api_keys", "fingerprint"),
    "flow_of_state": ("flows", "state_hash"),
    "flow_of_ticket": ("flows", "ticket_hash"),
    "flows_of_browser": ("flows", "browser_fingerprint"),
}
_OWNERS_OWN = "SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"


async def fail(two: Two) -> None:
    with pytest.raises(psycopg.DataError):
        await ask(two.pool, two.ours, "SELECT 1 / (SELECT count(*) - 1 FROM flows)")


async def give_up(two: Two) -> None:
    async def delete_and_raise() -> None:
        async with within(two.pool, two.ours) as connection:
            await connection.execute("DELETE FROM flows")
            await enter(connection, two.theirs)
            raise LookupError

    with pytest.raises(LookupError):
        await delete_and_raise()


async def be_cancelled(two: Two) -> None:
    entered = asyncio.Event()

    async def wait() -> None:
        async with within(two.pool, two.ours) as connection:
            await (await connection.execute("DELETE FROM flows RETURNING id")).fetchall()
            entered.set()
            await (await connection.execute("SELECT pg_sleep(60)")).fetchall()

    request = asyncio.ensure_future(wait())
    await entered.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request


@pytest.mark.parametrize("end", [fail, give_up, be_cancelled])
async def test_a_connection_takes_no_context_along(
    migrated_database: Secret, two: Two, end: Callable[[Two], Awaitable[None]]
) -> None:
    async with open_pool(migrated_database, max_size=1) as pool:
        one = Two(pool, two.ours, two.theirs, two.tables)
        await end(one)
        async with pool.connection() as connection:
            assert await (await connection.execute("SELECT id FROM flows")).fetchall() == []
        # What it did before it ended is undone, too.
        seen = await asyncio.gather(*(one.seen("flows", whose) for whose in (two.ours, two.theirs, None) * 10))
        assert seen == [{two.ours}, {two.theirs}, set()] * 10


@pytest.mark.parametrize("finder", _FINDERS)
async def test_a_hash_finds_its_row_and_nothing_else_finds_any(two: Two, finder: str) -> None:
    table, column = _FINDERS[finder]
    [row] = (await ask(two.pool, two.ours, sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))).rows
    find = sql.SQL("SELECT id FROM {}(%(hash)s)").format(sql.Identifier(finder))
    async with two.pool.connection() as connection:
        assert await (await connection.execute(find, {"hash": row[column]})).fetchall() == [{"id": row["id"]}]
        for other in (a_secret().fingerprint(), "", "%", None, row["id"]):
            assert await (await connection.execute(find, {"hash": other})).fetchall() == []


async def test_a_finder_leaves_nothing_open_behind_it(two: Two) -> None:
    [flow] = (await ask(two.pool, two.ours, "SELECT state_hash FROM flows")).rows
    async with two.pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT FROM flow_of_state(%(state_hash)s)", flow)
        assert await (await connection.execute("SELECT id FROM flows")).fetchall() == []


async def test_finders_alone_run_as_their_owner_and_their_path_is_pinned(postgres_pool: Pool) -> None:
    async with postgres_pool.connection() as connection:
        rows = await (await connection.execute(_OWNERS_OWN)).fetchall()
    pinned = ["search_path=public, pg_temp"]
    # The last answers yes or no alone: whether a grant hangs on the account of another, in whatever organisation.
    named = [*_FINDERS, "grant_is_shared"]
    assert {row["proname"]: row["proconfig"] for row in rows} == dict.fromkeys(named, pinned)
