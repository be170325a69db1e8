"""The network that fails as a test asks, in front of a server that counts what reaches it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest

from tests.support.network import BlackHole, Cut, Fault, Latency, LoseAnswer, Reset, Slicer, TcpProxy, a_proxy

QUESTION, ANSWER = b"question", b"an answer"


@attrs.define
class Server:
    """Answers each question; remembers the pieces in which they came."""

    asked: asyncio.Event = attrs.field(factory=asyncio.Event)
    pieces: list[bytes] = attrs.field(factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = b""
        while piece := await reader.read(100):
            self.pieces.append(piece)
            heard += piece
            if heard.endswith(QUESTION):
                self.asked.set()
                writer.write(ANSWER)
        writer.close()


@attrs.frozen
class Setting:
    server: Server
    proxy: TcpProxy


@pytest.fixture
async def setting() -> AsyncIterator[Setting]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    async with a_proxy(host, port) as proxy:
        yield Setting(server, proxy)
    listening.close()


@asynccontextmanager
async def connected(proxy: TcpProxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def ask(proxy: TcpProxy) -> bytes:
    """All that comes back until the answer is whole, or over."""
    async with connected(proxy) as (reader, writer):
        writer.write(QUESTION)
        heard = b""
        while heard != ANSWER and (piece := await reader.read(100)):
            heard += piece
        return heard


async def test_a_well_network_hands_everything_on(setting: Setting) -> None:
    assert await ask(setting.proxy) == ANSWER
    assert setting.proxy.met == 0


@pytest.mark.parametrize("fault", [Latency(0.01), Slicer()])
async def test_what_is_slow_arrives_all_the_same(setting: Setting, fault: Fault) -> None:
    setting.proxy.fault = fault
    assert await ask(setting.proxy) == ANSWER
    assert setting.proxy.met == 1


async def test_a_sliced_question_comes_byte_by_byte(setting: Setting) -> None:
    setting.proxy.fault = Slicer()
    await ask(setting.proxy)
    assert len(setting.server.pieces) > 1


async def test_a_lost_answer_is_lost_after_the_server_was_asked(setting: Setting) -> None:
    setting.proxy.fault = LoseAnswer()
    with pytest.raises(ConnectionResetError):
        await ask(setting.proxy)
    assert setting.server.asked.is_set()


async def test_a_reset_before_the_request_keeps_it_from_the_server(setting: Setting) -> None:
    setting.proxy.fault = Reset("before")
    with pytest.raises(ConnectionResetError):
        await ask(setting.proxy)
    assert not setting.server.pieces


async def test_a_reset_after_the_request_lets_it_through(setting: Setting) -> None:
    setting.proxy.fault = Reset("after")
    with pytest.raises(ConnectionResetError):
        await ask(setting.proxy)
    await setting.server.asked.wait()


async def test_an_answer_can_be_cut_in_order_or_by_a_reset(setting: Setting) -> None:
    setting.proxy.fault = Cut(after_bytes=2)
    assert await ask(setting.proxy) == ANSWER[:2]
    setting.proxy.fault = Cut(after_bytes=0, by_reset=True)
    with pytest.raises(ConnectionResetError):
        await ask(setting.proxy)


async def test_a_black_hole_answers_nothing_and_closes_nothing(setting: Setting) -> None:
    setting.proxy.fault = BlackHole()
    async with connected(setting.proxy) as (reader, writer):
        writer.write(QUESTION)
        await setting.proxy.until_met()
        assert not setting.server.pieces
        setting.proxy.fault = None
        writer.write(QUESTION)
        assert await reader.read(100) == ANSWER


async def test_a_fault_may_be_for_some_requests_and_for_some_times(setting: Setting) -> None:
    setting.proxy.fault, setting.proxy.times = LoseAnswer(to=QUESTION), 1
    with pytest.raises(ConnectionResetError):
        await ask(setting.proxy)
    assert await ask(setting.proxy) == ANSWER
    setting.proxy.fault = LoseAnswer(to=b"something else")
    assert await ask(setting.proxy) == ANSWER


async def test_a_server_that_is_down_resets_what_is_open_and_what_comes(setting: Setting) -> None:
    async with connected(setting.proxy) as (reader, writer):
        writer.write(QUESTION)
        assert await reader.read(100) == ANSWER
        setting.proxy.goes_down()
        with pytest.raises(ConnectionResetError):
            await reader.read(100)
    with pytest.raises(ConnectionResetError):
        await ask(setting.proxy)
    setting.proxy.comes_back()
    assert await ask(setting.proxy) == ANSWER
