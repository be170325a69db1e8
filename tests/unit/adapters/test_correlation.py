"""Which request work is done for, wherever the event loop takes it."""

import asyncio

from adapters.system.correlation import ContextCorrelation

CORRELATION = ContextCorrelation()


def test_outside_of_a_request_there_is_none() -> None:
    with CORRELATION.under("a"):
        assert CORRELATION.request_id() == "a"
    assert CORRELATION.request_id() is None


async def test_of_two_requests_at_once_each_has_its_own() -> None:
    met = asyncio.Barrier(2)

    async def answer(request_id: str) -> str | None:
        with CORRELATION.under(request_id):
            await met.wait()
            return CORRELATION.request_id()

    assert list(await asyncio.gather(answer("a"), answer("b"))) == ["a", "b"]


async def test_work_that_outlives_its_request_keeps_the_id() -> None:
    over = asyncio.Event()

    async def work() -> str | None:
        await over.wait()
        return CORRELATION.request_id()

    with CORRELATION.under("a"):
        task = asyncio.create_task(work())
    over.set()
    assert await task == "a"
