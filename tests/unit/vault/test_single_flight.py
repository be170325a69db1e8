import asyncio

import pytest

from adapters.vault.single_flight import SingleFlight


class Called:
    """A call that ends when the test says so."""

    def __init__(self) -> None:
        self.times = 0
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> None:
        self.times += 1
        self.begun.set()
        await self.may_end.wait()
        if self.error is not None:
            raise self.error


async def begun(call: Called, flight: SingleFlight, *, waiters: int) -> list[asyncio.Task[None]]:
    """Waiters, all of which came before the call ended: they were started before it, and each in its turn."""
    tasks = [asyncio.create_task(flight()) for _ in range(waiters)]
    await call.begun.wait()
    return tasks


async def test_who_comes_while_a_call_runs_shares_it() -> None:
    call = Called()
    waiting = await begun(call, SingleFlight(call), waiters=5)
    call.may_end.set()
    await asyncio.gather(*waiting)
    assert call.times == 1


async def test_a_failure_is_everybodys_who_waited_and_nobodys_after() -> None:
    call = Called()
    flight = SingleFlight(call)
    waiting = await begun(call, flight, waiters=3)
    call.error = LookupError()
    call.may_end.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [LookupError] * 3
    call.error = None
    await flight()
    assert call.times == 2


async def test_a_waiter_that_is_cancelled_leaves_the_call_to_the_others() -> None:
    call = Called()
    impatient, patient = await begun(call, SingleFlight(call), waiters=2)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    call.may_end.set()
    await patient
    assert call.times == 1
