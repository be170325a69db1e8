"""What ``connected`` promises when Postgres does not do what it should."""

import asyncio

import psycopg
import pytest

from adapters.postgres.pool import Pool, connected, open_pool
from domain.errors import StorageUnavailable
from domain.secret import Secret
from tests.integration.postgres.line import Line

_PATIENCE = 10
"""Seconds that a busy machine may need for what takes none."""


async def answer(pool: Pool) -> int:
    async with connected(pool) as connection:
        [row] = await (await connection.execute("SELECT 42 AS answer")).fetchall()
    value: int = row["answer"]
    return value


async def test_a_pool_opens_while_nobody_answers_and_finds_postgres_when_it_is_there(line: Line) -> None:
    line.cut()
    async with open_pool(line.dsn) as pool:
        pool.timeout = 0.1
        with pytest.raises(StorageUnavailable) as refusal:
            await answer(pool)
        assert isinstance(refusal.value.__cause__, psycopg.OperationalError)
        line.mend()
        pool.timeout = _PATIENCE
        assert await answer(pool) == 42


async def test_after_a_restart_of_postgres_no_request_fails(pool: Pool, line: Line) -> None:
    await asyncio.gather(*(answer(pool) for _ in range(3)))
    line.cut()
    line.mend()
    assert await asyncio.gather(*(answer(pool) for _ in range(20))) == [42] * 20


async def test_postgres_is_found_again_soon_after_it_was_gone_for_long(line: Line) -> None:
    async with open_pool(line.dsn, max_size=2) as pool:
        await answer(pool)
        line.cut()
        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                await answer(pool)
        line.mend()
        pool.timeout = _PATIENCE
        assert await answer(pool) == 42


async def test_a_server_that_is_frozen_is_given_up_on_in_time(pool: Pool, line: Line) -> None:
    async def ask_while_it_freezes() -> None:
        async with connected(pool, within_seconds=0.2) as connection:
            line.freeze()
            await connection.execute("SELECT 1")

    with pytest.raises(StorageUnavailable):
        await asyncio.wait_for(ask_while_it_freezes(), _PATIENCE)
    line.mend()
    assert await answer(pool) == 42


async def test_a_statement_that_takes_too_long_is_given_up_on(pool: Pool) -> None:
    with pytest.raises(StorageUnavailable):
        async with connected(pool, within_seconds=0.2) as connection:
            await connection.execute("SELECT pg_sleep(60)")
    assert await answer(pool) == 42


async def test_a_cancelled_request_gives_its_connection_back(pool: Pool) -> None:
    started = asyncio.Event()

    async def sleep() -> None:
        async with connected(pool) as connection:
            started.set()
            await connection.execute("SELECT pg_sleep(60)")

    request = asyncio.ensure_future(sleep())
    await started.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert await asyncio.gather(*(answer(pool) for _ in range(5))) == [42] * 5


async def test_who_gets_no_connection_in_time_is_told_so(line: Line) -> None:
    async with open_pool(line.dsn, max_size=1) as pool, connected(pool):
        pool.timeout = 0.1
        with pytest.raises(StorageUnavailable):
            await answer(pool)


async def test_a_closed_pool_is_storage_unavailable(line: Line) -> None:
    async with open_pool(line.dsn) as pool:
        pass
    with pytest.raises(StorageUnavailable):
        await answer(pool)


async def test_what_postgres_understood_and_refused_is_no_outage(pool: Pool) -> None:
    with pytest.raises(psycopg.DataError):
        async with connected(pool) as connection:
            await connection.execute("SELECT %(nul)s::text", {"nul": "\0"})
    with pytest.raises(psycopg.IntegrityError):
        async with connected(pool) as connection:
            await connection.execute("INSERT INTO organisations (id, name, created_at) VALUES ('_', '', now())")


async def test_the_servers_own_time_outs_are_set(pool: Pool) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    async with connected(pool) as connection:
        shown = [
            (await (await connection.execute("SELECT current_setting(%s) AS it", [name])).fetchall())[0]["it"]
            for name in names
        ]
    assert shown == ["5s", "2s", "10s"]


@pytest.mark.parametrize("dsn", ["hunter2", "postgresql://u:hunter2@[::1/db", "postgresql://u@h/db?hunter2=1"])
def test_a_dsn_that_is_none_is_refused_without_being_quoted(dsn: str) -> None:
    with pytest.raises(ValueError, match="database URL") as refusal:
        open_pool(Secret(dsn))
    assert "hunter2" not in f"{refusal.value!r} {refusal.value.__cause__!r}"
    assert refusal.value.__suppress_context__
