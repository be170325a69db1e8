"""Connections to Postgres: how they are opened, lent, given up on, and what their errors become.

Every connection is in autocommit, and nothing relies on its session, so a pooler in transaction mode may stand in
between: nothing is asked for in the startup packet that PgBouncer refuses (``options``), and statements are prepared,
those that ask for it (``execute``'s ``prepare``), only where none stands there.
The server's time-outs are SET once for each connection, which no pooler refuses; behind one they may end up on another
connection than ours. That is why the deadline that we rely on is our own.
"""

import asyncio
import os
import select
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeAlias

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import RowMaker, dict_row, scalar_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from domain.errors import StorageUnavailable
from domain.secret import Secret

Row: TypeAlias = dict[str, Any]
Connection: TypeAlias = AsyncConnection[Row]
Pool: TypeAlias = AsyncConnectionPool[Connection]

_SECONDS_TO_CONNECT = 5
_SECONDS_TO_WAIT_FOR_A_CONNECTION = 3
_SECONDS_FOR_STATEMENTS = 6
"""Longer than the server's own, which end a statement without losing its connection."""

READ_ONLY = "Postgres takes no writes, as a standby. Point the database URL at the primary."
_SILENT = "Postgres does not answer, or broke off. Check SWITCHBOARD_DATABASE_URL, and that Postgres runs."
_MEANINGS: Mapping[type[psycopg.Error], str] = {
    PoolTimeout: "No connection to Postgres came free in time: it does not answer, or is too busy. Check that it runs, "
    "and its max_connections.",
    psycopg.errors.QueryCanceled: "A statement took Postgres too long. Send the same request again in some seconds.",
    psycopg.errors.InsufficientPrivilege: "Postgres refuses the service's role what it needs. Let the role own the "
    "schema's tables: run `switchboard migrate` as it.",
}

_NEVER_BY_COUNT = 2**31
"""Psycopg would prepare whatever is sent often, and a plan for any parameters may be a bad one for a list's."""

_TIME_OUTS = "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'"


def open_pool(dsn: Secret, *, max_size: int = 10) -> Pool:
    """A pool, opened by the caller's ``async with``, and closed at its end.

    It opens whether or not Postgres answers, and finds it again within some seconds of its return.
    Raises ValueError for a DSN that is none.
    """
    _judge(dsn)
    return AsyncConnectionPool(
        dsn.reveal(),
        connection_class=AsyncConnection[Row],
        kwargs={
            "autocommit": True,
            "prepare_threshold": None,  # until it is known that no pooler stands in between
            "row_factory": rows_in_utc,
            "connect_timeout": _SECONDS_TO_CONNECT,
            "application_name": "switchboard",
            # A line that died in silence is found while the connection is idle, not by the request that gets it.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        },
        configure=_configure,
        min_size=min(2, max_size),
        max_size=max_size,
        timeout=_SECONDS_TO_WAIT_FOR_A_CONNECTION,
        # After this long the pool tries again only as requests ask, and then at once: its own pauses double each time.
        reconnect_timeout=_SECONDS_TO_WAIT_FOR_A_CONNECTION,
        open=False,
    )


class RowsLocked(StorageUnavailable):
    """A row was locked for too long. Send the same request again in some seconds."""


class PlanOutdated(StorageUnavailable):
    """The database was just migrated. Send the same request again."""


@asynccontextmanager
async def connected(pool: Pool, *, within_seconds: float = _SECONDS_FOR_STATEMENTS) -> AsyncIterator[Connection]:
    """A connection for a few statements, which must all be answered within that time.

    Raises StorageUnavailable where Postgres does not answer or cannot serve: nothing is known then of what was sent.
    PlanOutdated is one where nothing was done: what a prepared statement answers has other columns now; RowsLocked one
    where nothing was done for what somebody else is doing.
    What it understood and refused (a constraint, a value that it cannot hold) comes out as psycopg's own error: sending
    the same again would not help.
    """
    try:
        async with _borrowed(pool) as connection, hung_up_on_after(within_seconds, connection):
            yield connection
    except (psycopg.DataError, psycopg.IntegrityError):
        raise
    except psycopg.errors.ReadOnlySqlTransaction as error:
        await replace_connections(pool)
        raise StorageUnavailable(READ_ONLY) from error
    except psycopg.errors.FeatureNotSupported as error:  # "cached plan must not change result type"
        await replace_connections(pool)
        raise PlanOutdated from error
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
        raise RowsLocked from error
    except psycopg.Error as error:
        raise StorageUnavailable(_meaning(error)) from error


async def replace_connections(pool: Pool) -> None:
    """After a failover those that are open lead on to what was the primary; after a migration they keep old plans."""
    await pool.drain()


def _meaning(error: psycopg.Error) -> str:
    for kind, meaning in _MEANINGS.items():
        if isinstance(error, kind):
            return meaning
    return _SILENT


@asynccontextmanager
async def _borrowed(pool: Pool) -> AsyncIterator[Connection]:
    connection = await _live_connection(pool)
    try:
        yield connection
    finally:
        await pool.putconn(connection)


async def _live_connection(pool: Pool) -> Connection:
    """Not by the pool's ``check``, which pauses between two: after a restart all of them are dead at once."""
    while True:
        connection = await pool.getconn()
        if not _is_dead(connection):
            return connection
        try:
            await connection.close()
        finally:
            await pool.putconn(connection)


def _is_dead(connection: Connection) -> bool:
    """Whether the server has hung up, without a round trip: on an idle connection there is nothing else to be read."""
    if connection.closed:
        return True
    idle = select.poll()
    idle.register(connection.pgconn.socket, select.POLLIN)
    return bool(idle.poll(0))


@asynccontextmanager
async def hung_up_on_after(seconds: float, connection: AsyncConnection[Any]) -> AsyncIterator[None]:
    """Give up after so long, whatever the server does.

    A frozen server, or one behind a dead network, answers neither the statement nor a request to cancel it. With its
    socket shut the statement fails at once, and the pool replaces the connection.
    """
    timer = asyncio.get_running_loop().call_later(seconds, _hang_up, connection)
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connection: AsyncConnection[Any]) -> None:
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.pgconn.socket)) as line, suppress(OSError):  # the server was faster
            line.shutdown(socket.SHUT_RDWR)


async def _configure(connection: Connection) -> None:
    await connection.execute(_TIME_OUTS)
    if not await leads_to_a_pooler(connection):
        connection.prepare_threshold = _NEVER_BY_COUNT


async def leads_to_a_pooler(connection: AsyncConnection[Any]) -> bool:
    """Whether another than the server's process answered: a pooler makes up its number, and the server tells it."""
    cursor = connection.cursor(row_factory=scalar_row)
    await cursor.execute("SELECT pg_backend_pid()")
    return bool(await cursor.fetchone() != connection.info.backend_pid)


def rows_in_utc(cursor: psycopg.AsyncCursor[Any]) -> RowMaker[Row]:
    """Rows as dicts, their times in UTC: they come in the session's time zone."""
    make = dict_row(cursor)

    def make_row(values: Sequence[Any]) -> Row:
        return make([value.astimezone(UTC) if isinstance(value, datetime) else value for value in values])

    return make_row


def _judge(dsn: Secret) -> None:
    try:
        conninfo_to_dict(dsn.reveal())
    except psycopg.ProgrammingError:
        # The cause quotes the DSN, and its password with it.
        raise ValueError("The database URL is not one: write postgresql://user:password@host:port/database") from None
