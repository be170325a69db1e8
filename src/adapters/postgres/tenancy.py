"""Whose rows a transaction reaches, and who acts: the one place that tells Postgres.

Its row security (revisions 0009 and 0024) holds the transaction to the first, its audit events (revision 0011) name the
second.

A statement without a context finds no tenant's row and writes none, whatever its WHERE says. A context lasts for its
transaction alone, so no connection brings it to whoever gets it next, and a pooler in transaction mode may stand in
between. It goes with the statement in a pipeline, which is one transaction and one round trip.

Statements that are ``prepared`` are parsed and planned once for each connection: planning under row security costs more
than running them. Only such are that find their rows by their keys, for their plan is the same whoever asks.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

import attrs
from psycopg.sql import Composed

from adapters.postgres.acting import acting
from adapters.postgres.pool import Connection, PlanOutdated, Pool, Row, connected
from domain.ids import OrganisationId

Found = TypeVar("Found")

Detail: TypeAlias = Mapping[str, object]
"""Members of an audit event's ``detail``, in the words of the API."""

Whose: TypeAlias = OrganisationId | frozenset[OrganisationId] | None
"""An organisation's rows, or those of several that are refreshed as one (revision 0024); None is no organisation."""


class Reach(StrEnum):
    """What else than the organisation's own rows is reached. Each value is a policy's."""

    PUBLIC_APPS = "public-apps"  # read only
    CONNECTED_APPS = "connected-apps"  # those that the organisation has connections of; read only
    CONNECTED_TO_US = "connected-to-us"  # flows and connections of others with the organisation's apps; read only
    DUE = "due"  # what a job is to take, of any organisation
    ENDING = "ending"  # active connections whose grant is known to end, of any organisation; read only
    PLATFORM = "platform"  # keys that stand in no organisation


ENTER = """
SELECT
    set_config('switchboard.organisation_id', %(organisation_id)s, TRUE),
    set_config('switchboard.organisation_ids', %(organisation_ids)s, TRUE),
    set_config('switchboard.reach', %(reach)s, TRUE),
    set_config('switchboard.actor', %(actor)s, TRUE),
    set_config('switchboard.detail', %(detail)s, TRUE)
"""


@attrs.frozen
class Answer:
    """What a statement answered: its rows, and how many it found or changed."""

    rows: Sequence[Row]
    count: int


async def enter(
    connection: Connection,
    whose: Whose,
    reach: Reach | None = None,
    *,
    detail: Detail | None = None,
) -> None:
    """From here to the end of the transaction, or the next ``enter``.

    ``detail`` is what the audit events that are appended meanwhile tell, beside what they tell anyhow: nothing secret.
    """
    one, several = ("", whose) if isinstance(whose, frozenset) else (whose or "", frozenset())
    context = {"organisation_id": one, "organisation_ids": ",".join(sorted(several)), "reach": reach or ""}
    told = "" if detail is None else json.dumps(detail)
    await connection.execute(ENTER, context | {"actor": acting(), "detail": told}, prepare=True)


@asynccontextmanager
async def within(
    pool: Pool,
    whose: Whose,
    *,
    reach: Reach | None = None,
    detail: Detail | None = None,
) -> AsyncIterator[Connection]:
    """A transaction for a few statements in this context, committed at its end. Raises as ``connected``.

    It is an explicit one: a pipeline alone commits what it has sent, whatever was raised in between.
    """
    async with connected(pool) as connection, connection.pipeline(), connection.transaction():
        await enter(connection, whose, reach, detail=detail)
        yield connection


async def ask(
    pool: Pool,
    whose: Whose,
    statement: str | Composed,
    parameters: Mapping[str, Any] | None = None,
    *,
    reach: Reach | None = None,
    detail: Detail | None = None,
    prepared: bool = False,
) -> Answer:
    """One statement in this context, in one round trip. Raises as ``connected``."""
    [answer] = await ask_in_turn(pool, whose, [statement], parameters, reach=reach, detail=detail, prepared=prepared)
    return answer


async def ask_in_turn(
    pool: Pool,
    whose: Whose,
    statements: Sequence[str | Composed],
    parameters: Mapping[str, Any] | None = None,
    *,
    reach: Reach | None = None,
    detail: Detail | None = None,
    prepared: bool = False,
) -> Sequence[Answer]:
    """Statements in this context, in one round trip and one transaction; each sees what was committed until it began.

    Raises as ``connected``.
    """

    async def answers() -> Sequence[Answer]:
        async with connected(pool) as connection:
            async with connection.pipeline():
                await enter(connection, whose, reach, detail=detail)
                cursors = [await connection.execute(each, parameters, prepare=prepared) for each in statements]
            return [
                Answer(await cursor.fetchall() if cursor.description else [], cursor.rowcount) for cursor in cursors
            ]

    return await _again_if_outdated(answers)


async def find_by_hash(pool: Pool, statement: str, parameters: Mapping[str, Any]) -> Row | None:
    """The one row that a prepared statement finds for a hash, in no organisation: its row says in which it is.

    Such a statement asks a function that reaches the rows with that very hash (revision 0009). Raises as ``connected``.
    """

    async def found() -> Row | None:
        async with connected(pool) as connection:
            return await (await connection.execute(statement, parameters, prepare=True)).fetchone()

    return await _again_if_outdated(found)


async def _again_if_outdated(ask: Callable[[], Awaitable[Found]]) -> Found:
    try:
        return await ask()
    except PlanOutdated:
        return await ask()
