"""A body comes within its time, or its reader is told that it did not."""

import asyncio
from collections.abc import Iterable

import pytest
from litestar.exceptions import HTTPException
from litestar.types import Receive, ReceiveMessage

from app.http.body_deadline import PunctualBody

PIECE: ReceiveMessage = {"type": "http.request", "body": b"{", "more_body": True}
END: ReceiveMessage = {"type": "http.request", "body": b"}", "more_body": False}
LEFT: ReceiveMessage = {"type": "http.disconnect"}


def arriving(messages: Iterable[ReceiveMessage]) -> Receive:
    """These, and then nothing any more."""
    waiting = iter(messages)

    async def receive() -> ReceiveMessage:
        await asyncio.sleep(0)
        for message in waiting:
            return message
        await asyncio.get_running_loop().create_future()
        return LEFT

    return receive


async def test_a_body_that_comes_in_pieces_is_read() -> None:
    receive = PunctualBody(arriving([PIECE, PIECE, END]), 60)
    assert [await receive() for _ in range(3)] == [PIECE, PIECE, END]


async def test_rfc9110_15_5_9_a_body_that_stops_in_the_middle_is_a_408() -> None:
    receive = PunctualBody(arriving([PIECE]), 0.05)
    assert await receive() == PIECE
    for _ in range(2):
        with pytest.raises(HTTPException) as refused:
            await receive()
        assert (refused.value.status_code, refused.value.headers) == (408, {"Connection": "close"})


async def test_a_byte_now_and_then_gives_no_more_time() -> None:
    receive = PunctualBody(arriving(PIECE for _ in iter(int, 1)), 0.05)

    async def read() -> None:
        while True:
            await receive()

    with pytest.raises(HTTPException):
        await read()


async def test_a_client_that_leaves_in_the_middle_is_a_400() -> None:
    receive = PunctualBody(arriving([PIECE, LEFT]), 60)
    await receive()
    with pytest.raises(HTTPException) as refused:
        await receive()
    assert refused.value.status_code == 400


async def test_behind_its_body_whoever_waits_for_the_client_to_leave_has_all_the_time() -> None:
    receive = PunctualBody(arriving([END]), 0.01)
    await receive()
    waiting = asyncio.ensure_future(receive())
    assert await asyncio.wait({waiting}, timeout=0.05) == (set(), {waiting})
    waiting.cancel()


async def test_what_comes_behind_a_body_is_handed_on() -> None:
    receive = PunctualBody(arriving([END, LEFT]), 60)
    assert [await receive(), await receive()] == [END, LEFT]
