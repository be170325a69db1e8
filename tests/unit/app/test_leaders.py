import asyncio

import pytest

from app.http.leaders import Leaders

LONG = 60.0


class Boom(Exception):
    """What went wrong with the leader's request."""


async def test_where_nobody_is_ahead_nobody_waits() -> None:
    assert not await Leaders[str]().waited_for("token", seconds=LONG)


async def test_who_comes_later_waits_until_the_first_was_answered() -> None:
    leaders = Leaders[str]()
    with leaders.leading("token"):
        waiting = [asyncio.create_task(leaders.waited_for("token", seconds=LONG)) for _ in range(5)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
    assert await asyncio.gather(*waiting) == [True] * 5
    assert not await leaders.waited_for("token", seconds=LONG)


async def test_a_first_that_fails_holds_nobody_up() -> None:
    leaders, fails = Leaders[str](), asyncio.Event()

    async def lead() -> None:
        with leaders.leading("token"):
            await fails.wait()
            raise Boom

    leading = asyncio.create_task(lead())
    await asyncio.sleep(0)
    waiting = asyncio.create_task(leaders.waited_for("token", seconds=LONG))
    await asyncio.sleep(0)
    fails.set()
    assert await waiting
    with pytest.raises(Boom):
        await leading


async def test_a_first_that_takes_too_long_is_waited_for_no_longer() -> None:
    leaders = Leaders[str]()
    with leaders.leading("token"):
        assert await leaders.waited_for("token", seconds=0)


async def test_who_goes_on_behind_the_first_takes_nobody_with_him() -> None:
    leaders = Leaders[str]()
    with leaders.leading("token"):
        with leaders.leading("token"):
            pass
        waiting = asyncio.create_task(leaders.waited_for("token", seconds=LONG))
        await asyncio.sleep(0)
        assert not waiting.done()
    assert await waiting
