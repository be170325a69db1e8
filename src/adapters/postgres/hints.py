"""Hints by NOTIFY: published from the pool, heard on one connection that leads to Postgres itself.

Postgres delivers notifications in the order of their commits. So whoever hears its own beat has heard all that was
committed before the beat was sent; that is the moment which ``heard_within`` counts from, not when the beat came back.
Beats go to a channel of the process's own: on the common one each process would have all the others' to read.
"""

import asyncio
import math
import secrets
import time
from contextlib import suppress

import attrs
import psycopg
from psycopg import AsyncConnection, Notify, sql

from adapters.postgres.pool import Pool, connected, hung_up_on_after, leads_to_a_pooler
from domain.errors import StorageUnavailable
from domain.ports import EventLog, Hint, HintKind, HintListener
from domain.secret import Secret

CHANNEL = "switchboard_hints"

_SECONDS_BETWEEN_BEATS = 0.25
_SECONDS_FOR_A_BEAT = 3
_SECONDS_TO_CONNECT = 5
_SECONDS_BETWEEN_TRIES = 0.25
_SECONDS_BETWEEN_TRIES_AT_A_POOLER = 60

_PUBLISH = "SELECT pg_notify(%(channel)s, payload) FROM unnest(%(payloads)s::text[]) AS payload"
_BEAT = "SELECT pg_notify(%(channel)s, %(payload)s)"

# A machine that was suspended has heard nothing meanwhile: CLOCK_MONOTONIC would not count that time.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@attrs.define(eq=False)
class PostgresHints:
    """A Hints while ``sending`` and ``listening`` run; without the latter it never says that it has heard anything."""

    pool: Pool
    events: EventLog
    _own: str = attrs.field(factory=lambda: f"switchboard_beat_{secrets.token_hex(8)}", init=False)
    _listeners: list[HintListener] = attrs.field(factory=list, init=False)
    _unsent: dict[Hint, None] = attrs.field(factory=dict, init=False)
    _published: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _proven_until: float = attrs.field(default=-math.inf, init=False)
    _noted: tuple[str, ...] = attrs.field(default=(), init=False)

    def publish(self, hint: Hint) -> None:
        self._tell(hint)
        self._unsent[hint] = None
        self._published.set()

    def subscribe(self, listener: HintListener) -> None:
        self._listeners.append(listener)

    def heard_within(self, seconds: float) -> bool:
        return time.clock_gettime(_CLOCK) - self._proven_until <= seconds

    async def send_published(self) -> None:
        """Pass on what is published, many at once, for ever."""
        while True:
            await self._published.wait()
            self._published.clear()
            batch, self._unsent = self._unsent, {}
            payloads = [f"{self._own} {hint.kind} {hint.id}" for hint in batch]
            with suppress(StorageUnavailable):  # hints may be lost, and these would come too late
                async with connected(self.pool) as connection:
                    await connection.execute(_PUBLISH, {"channel": CHANNEL, "payloads": payloads})

    async def listen(self, dsn: Secret) -> None:
        """Hear what others publish, for ever, on a connection that no pooler in transaction mode may stand in."""
        while True:
            try:
                async with await _line(dsn) as connection:
                    await self._hear(connection)
            except (psycopg.Error, OSError) as error:
                self._note("hints_unheard", reason=type(error).__name__)
                await asyncio.sleep(_SECONDS_BETWEEN_TRIES)
            except _PoolerBetweenError:
                self._note("hints_unheard", reason="a pooler stands in between: set hints_database_url")
                await asyncio.sleep(_SECONDS_BETWEEN_TRIES_AT_A_POOLER)

    async def _hear(self, connection: AsyncConnection) -> None:
        async with hung_up_on_after(_SECONDS_FOR_A_BEAT, connection):
            if await leads_to_a_pooler(connection):
                raise _PoolerBetweenError
            for channel in (CHANNEL, self._own):
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        for listener in self._listeners:
            listener.missed()
        self._note("hints_heard")
        while True:
            sent_at = time.clock_gettime(_CLOCK)
            async with hung_up_on_after(_SECONDS_FOR_A_BEAT, connection):
                await connection.execute(_BEAT, {"channel": self._own, "payload": repr(sent_at)})
            async for notification in connection.notifies(timeout=_SECONDS_BETWEEN_BEATS):
                self._heard(notification)

    def _heard(self, notification: Notify) -> None:
        if notification.channel == self._own:
            self._proven_until = float(notification.payload)
            return
        sender, _, hint = notification.payload.partition(" ")
        kind, _, identifier = hint.partition(" ")
        if sender != self._own and kind in set(HintKind):  # ours are told already; a newer version may know more kinds
            self._tell(Hint(HintKind(kind), identifier))

    def _tell(self, hint: Hint) -> None:
        for listener in self._listeners:
            listener.told(hint)

    def _note(self, event: str, **fields: str) -> None:
        """Each change once, not each try."""
        if self._noted != (said := (event, *fields.values())):
            self._noted = said
            self.events.note(event, **fields)


class _PoolerBetweenError(Exception):
    """Whoever answered is not the server that was connected to: what it is told, others may hear in our place."""


async def _line(dsn: Secret) -> AsyncConnection:
    return await AsyncConnection.connect(
        dsn.reveal(),
        autocommit=True,
        prepare_threshold=None,
        connect_timeout=_SECONDS_TO_CONNECT,
        application_name="switchboard-hints",
    )
