"""What many ask at once: who goes with whom, and that nobody has another's answer, error or wait."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from psycopg.errors import DivisionByZero, ForeignKeyViolation

from adapters.postgres import lease_statements, sealed_grant_statements
from adapters.postgres.pool import RowsLocked
from adapters.postgres.tenancy import ask, within
from adapters.postgres.together import MOST, Together
from domain.ids import ConnectionId, OrganisationId
from tests.integration.postgres.two_organisations import Two
from tests.support.domain_examples import an_id

_ASKED = "(SELECT * FROM jsonb_to_recordset(%(asked)s) AS asked (organisation_id text, id text, word text)) AS asked"
_ECHO = f"""
SELECT
    id, word, pg_current_xact_id()::text AS transaction, current_setting('switchboard.actor')::jsonb AS actor,
    (SELECT count(DISTINCT organisation_id) FROM connections) AS reached
FROM {_ASKED}
"""  # noqa: S608 - nothing is put in but a text above
_LEASE = f"""
INSERT INTO refresh_leases (connection_id, organisation_id, fence) SELECT id, organisation_id, 7 FROM {_ASKED}
ON CONFLICT (connection_id) DO UPDATE SET fence = 7
RETURNING connection_id AS id, fence
"""  # noqa: S608 - nothing is put in but a text above
_LOCK = "SELECT connection_id FROM refresh_leases FOR UPDATE"


async def _words(together: Together, *asked: tuple[OrganisationId, str, str]) -> Sequence[dict[str, Any]]:
    """The answers to what was asked for at once, each one's own."""
    answers = await asyncio.gather(*(together(whose, of, {"word": word}) for whose, of, word in asked))
    rows = [row for [[row]] in answers]
    assert [(row["id"], row["word"]) for row in rows] == [(of, word) for _, of, word in asked]
    return rows


async def _connections(two: Two) -> list[tuple[OrganisationId, ConnectionId]]:
    return [
        (whose, ConnectionId(row["id"]))
        for whose in (two.ours, two.theirs)
        for row in (await ask(two.pool, whose, "SELECT id FROM connections")).rows
    ]


def _sizes(rows: Sequence[dict[str, Any]]) -> list[int]:
    return list(Counter(row["transaction"] for row in rows).values())


async def test_who_comes_while_another_is_asked_for_goes_with_the_others(two: Two) -> None:
    echo = Together(two.pool, [_ECHO])
    rows = await _words(echo, *((two.ours, an_id(ConnectionId), str(number)) for number in range(MOST + 3)))
    assert _sizes(rows) == [MOST, 3]
    assert _sizes(await _words(echo, (two.ours, an_id(ConnectionId), "alone"))) == [1]


async def test_what_is_asked_for_twice_is_asked_for_in_turn(two: Two) -> None:
    one, other = an_id(ConnectionId), an_id(ConnectionId)
    asked = [(two.ours, one, "first"), (two.ours, one, "second"), (two.ours, other, "x"), (two.ours, one, "third")]
    rows = await _words(Together(two.pool, [_ECHO]), *asked)
    assert _sizes(rows) == [2, 1, 1]


async def test_what_is_not_alike_is_not_asked_for_together(two: Two) -> None:
    differing = Together(
        two.pool,
        ["SELECT id, pg_current_xact_id()::text AS transaction, %(by)s AS by FROM " + _ASKED],  # noqa: S608 - as above
    )
    answers = await asyncio.gather(*(differing(two.ours, an_id(ConnectionId), by=by) for by in (1, 2, 1, 2)))
    rows = [row for [[row]] in answers]
    assert [row["by"] for row in rows] == [1, 2, 1, 2]
    assert _sizes(rows) == [2, 2]


async def test_only_those_organisations_are_reached_that_are_asked_for(two: Two) -> None:
    echo = Together(two.pool, [_ECHO])
    [ours] = await _words(echo, (two.ours, an_id(ConnectionId), "ours"))
    both = await _words(echo, (two.theirs, an_id(ConnectionId), "theirs"), (two.ours, an_id(ConnectionId), "ours"))
    assert [row["reached"] for row in (ours, *both)] == [1, 2, 2]
    assert {row["actor"]["principal_id"] for row in both} == {"switchboard"}


async def test_a_connection_that_is_gone_is_its_askers_alone_to_hear_of(two: Two) -> None:
    there, gone = await _connections(two), (two.ours, an_id(ConnectionId))
    lease = Together(two.pool, [_LEASE])
    answers = await asyncio.gather(*(lease(*asked) for asked in (*there, gone)), return_exceptions=True)
    assert isinstance(answers[-1], ForeignKeyViolation)
    assert answers[:-1] == [[[{"id": of, "fence": 7}]] for _, of in there]


async def test_what_postgres_cannot_hold_fails_its_asker_alone(two: Two) -> None:
    share = Together(two.pool, [f"SELECT id, 1 / length(word) AS share FROM {_ASKED}"])  # noqa: S608 - as above
    good, bad = an_id(ConnectionId), an_id(ConnectionId)
    asked = [share(two.ours, of, {"word": word}) for of, word in ((good, "x"), (bad, ""))]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[0] == [[{"id": good, "share": 1}]]
    assert isinstance(answers[1], DivisionByZero)


async def test_a_row_that_somebody_else_has_fails_its_asker_alone(two: Two) -> None:
    ours, theirs = await _connections(two)
    lease = Together(two.pool, [_LEASE])
    async with within(two.pool, two.theirs) as other:
        await (await other.execute(_LOCK)).fetchall()
        answers = await asyncio.gather(lease(*ours), lease(*theirs), return_exceptions=True)
    assert answers[0] == [[{"id": ours[1], "fence": 7}]]
    assert isinstance(answers[1], RowsLocked)


async def test_others_go_on_while_one_waits_for_its_row(two: Two) -> None:
    ours, theirs = await _connections(two)
    lease = Together(two.pool, [_LEASE])
    async with within(two.pool, two.theirs) as other:
        await (await other.execute(_LOCK)).fetchall()
        one, waiting = (asyncio.ensure_future(lease(*asked)) for asked in (ours, theirs))
        await one
        again = asyncio.ensure_future(lease(*ours))
        done, _ = await asyncio.wait({again, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert done == {again}
    await asyncio.gather(waiting, return_exceptions=True)


async def test_who_goes_away_takes_nobody_along(two: Two) -> None:
    echo = Together(two.pool, [_ECHO])
    asked = [asyncio.ensure_future(echo(two.ours, an_id(ConnectionId), {"word": "x"})) for _ in range(4)]
    await asyncio.sleep(0)
    asked[1].cancel()
    with suppress(asyncio.CancelledError):
        await asked[1]
    answers = await asyncio.gather(asked[0], asked[2], asked[3])
    assert _sizes([row for [[row]] in answers]) == [3]
    assert _sizes(await _words(echo, (two.ours, an_id(ConnectionId), "after"))) == [1]


@pytest.mark.parametrize(
    "statement",
    [
        lease_statements.TAKE,
        lease_statements.LOOK,
        lease_statements.JOURNAL,
        lease_statements.RECORD,
        sealed_grant_statements.ADD,
        sealed_grant_statements.OF,
        sealed_grant_statements.REMOVE,
    ],
)
def test_statements_take_all_that_go_together(statement: str) -> None:
    assert statement.count("jsonb_to_recordset(%(asked)s)") == statement.count(f"LIMIT {MOST}\n") == 1
