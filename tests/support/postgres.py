"""Looking at a Postgres behind the stores' backs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.postgres.pool import Connection, Pool
from domain.secret import Secret
from tests.support.servers import WATCHER

# Newest references first. DELETE, because to TRUNCATE some empty tables takes much longer.
_TABLES = (
    "refresh_leases",
    "app_incidents",
    "credentials",
    "connections",
    "connection_counts",
    "credential_counts",
    "flows",
    "apps",
    "api_keys",
    "signing_keys",
    "organisations",
    "audit_events",  # what is removed before appends to it
)
_EMPTY = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in _TABLES)


@asynccontextmanager
async def behind(pool: Pool) -> AsyncIterator[Connection]:
    """A connection that row security does not hold."""
    async with pool.connection() as connection:
        await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(WATCHER)))
        try:
            yield connection
        finally:
            await connection.execute("RESET ROLE")


def watching(dsn: Secret) -> str:
    """A DSN whose connections row security does not hold."""
    return make_conninfo(dsn.reveal(), options=f"-c role={WATCHER}")


async def empty_tables(pool: Pool) -> None:
    async with behind(pool) as connection, connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = '60s'")  # a test may have left a crowd
        await connection.execute(_EMPTY)


async def all_rows(pool: Pool) -> str:
    """Every row of every table of ours, as text."""
    rows: list[str] = []
    async with behind(pool) as connection:
        for table in _TABLES:
            statement = sql.SQL("SELECT whole::text AS row FROM {} AS whole").format(sql.Identifier(table))
            rows.extend(row["row"] for row in await (await connection.execute(statement)).fetchall())
    return "\n".join(rows)


async def none_checked_out(pool: Pool, *, within_seconds: float = 5) -> bool:
    """Whether all connections are back in the pool; one that broke needs a moment until another stands in its place."""
    deadline = time.monotonic() + within_seconds
    while (stats := pool.get_stats())["pool_available"] < stats["pool_size"]:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True
