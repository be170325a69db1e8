"""What Hints promises to the listeners of one process. What other processes hear: tests/integration/postgres."""

from collections.abc import AsyncIterator

import pytest

from adapters.memory.hints import MemoryHints
from adapters.postgres.pool import open_pool
from domain.ports import Hints
from domain.secret import Secret
from tests.support.hints import Listener, a_connection_hint, postgres_hints
from tests.support.waiting import until


@pytest.fixture(params=["memory", "postgres"])
async def hints(request: pytest.FixtureRequest) -> AsyncIterator[Hints]:
    if request.param == "memory":
        yield MemoryHints()
        return
    dsn: Secret = request.getfixturevalue("migrated_database")
    async with open_pool(dsn) as pool, postgres_hints(pool, dsn) as hints:
        yield hints


async def test_every_listener_is_told_at_once_of_what_is_published_here(hints: Hints) -> None:
    one, other = Listener(), Listener()
    hints.subscribe(one)
    hints.subscribe(other)
    hints.publish(hint := a_connection_hint())
    assert (one.heard, other.heard) == ([hint], [hint])


async def test_a_listener_is_told_of_nothing_that_was_published_before_it_came(hints: Hints) -> None:
    hints.publish(a_connection_hint())
    hints.subscribe(listener := Listener())
    assert listener.heard == []


async def test_it_says_that_it_has_heard_all_once_it_listens(hints: Hints) -> None:
    await until(lambda: hints.heard_within(5))
