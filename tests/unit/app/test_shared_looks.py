import asyncio

import pytest

from app.use_cases.in_flight import InFlight
from app.use_cases.shared_looks import SharedLooks
from domain.errors import NotFound

MANY = 100


class World:
    """What is looked up, and how often it was; a look answers what is there as it begins."""

    def __init__(self) -> None:
        self.looks = SharedLooks[str, str](InFlight())
        self.answer = "before"
        self.begun = 0
        self.go_on = asyncio.Event()

    async def look(self) -> str:
        self.begun += 1
        answer = self.answer
        await self.go_on.wait()
        if answer == "gone":
            raise NotFound
        return answer

    def ask(self, key: str = "key") -> asyncio.Task[str]:
        return asyncio.create_task(self.looks(key, self.look))

    async def has_begun(self, looks: int) -> None:
        while self.begun < looks:  # noqa: ASYNC110 - the loop alone makes it so
            await asyncio.sleep(0)


async def test_who_asks_at_once_shares_one_look() -> None:
    world = World()
    asking = [world.ask() for _ in range(MANY)]
    world.go_on.set()
    assert set(await asyncio.gather(*asking)) == {"before"}
    assert world.begun == 1


async def test_nobody_gets_what_was_looked_up_before_he_asked() -> None:
    world = World()
    early = world.ask()
    await world.has_begun(1)
    world.answer = "after"
    late = [world.ask() for _ in range(MANY)]
    world.go_on.set()
    assert await early == "before"
    assert set(await asyncio.gather(*late)) == {"after"}
    assert world.begun == 2


async def test_a_look_that_fails_fails_for_all_who_shared_it_and_for_nobody_after() -> None:
    world = World()
    world.go_on.set()
    world.answer = "gone"
    told = await asyncio.gather(*(world.ask() for _ in range(MANY)), return_exceptions=True)
    assert {type(answer) for answer in told} == {NotFound}
    world.answer = "there"
    assert await world.ask() == "there"


async def test_a_caller_that_goes_away_takes_the_look_from_nobody_else() -> None:
    world = World()
    gone, stays = world.ask(), world.ask()
    await world.has_begun(1)
    gone.cancel()
    world.go_on.set()
    assert await stays == "before"
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_looks_at_different_things_do_not_wait_for_each_other() -> None:
    world = World()
    asking = [world.ask("one"), world.ask("other")]
    await world.has_begun(2)
    world.go_on.set()
    assert await asyncio.gather(*asking) == ["before", "before"]
