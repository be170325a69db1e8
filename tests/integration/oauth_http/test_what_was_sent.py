"""Which failures say that nothing was sent: a code that may have arrived must not be sent again (security.md, K5).

Each server here plays one end of a connection; the requests that it saw are counted.
"""

import asyncio
import socket
import struct
import traceback

import pytest

from adapters.oauth_http.failures import WireError
from domain.errors import ProviderProtocolError, ProviderUnavailable
from domain.oauth.http import Method, ProviderRequest
from domain.ports import NothingSent
from domain.secret import Secret
from tests.integration.oauth_http.exchanging import CODE, ToldResolver, exchanger, post
from tests.integration.oauth_http.raw_server import RawServer, Talk, answering, http, serving, silence

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def reset(writer: asyncio.StreamWriter) -> None:
    """Hang up by an RST."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang_up_at_once(_server: RawServer, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Accept, and go."""


async def reset_at_once(_server: RawServer, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def reset_after_reading(server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await server.receive(reader)
    reset(writer)


async def reset_in_the_body(server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")(server, reader, writer)
    reset(writer)


async def trickle(server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await answering(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")(server, reader, writer)
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0)


async def continue_for_ever(server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await server.receive(reader)
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0)


@pytest.mark.parametrize("talk", [hang_up_at_once, reset_at_once])
async def test_a_connection_that_was_made_and_lost_may_have_carried_the_request(talk: Talk) -> None:
    async with exchanger() as exchange, serving(talk) as server:
        with pytest.raises(ProviderUnavailable):
            await exchange.send(post(server.url))
    assert server.connections == 1


@pytest.mark.parametrize(
    "talk",
    [
        answering(b""),
        reset_after_reading,
        answering(b"HTTP/1.1 200 OK\r\nContent-Le"),
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
        reset_in_the_body,
        answering(CHUNKED + b"5\r\nab"),
    ],
    ids=["before the answer", "reset", "in the headers", "in the body", "reset in the body", "in a chunk"],
)
async def test_a_provider_that_went_away_after_reading_is_asked_once(talk: Talk) -> None:
    async with exchanger() as exchange, serving(talk) as server:
        with pytest.raises(ProviderUnavailable):
            await exchange.send(post(server.url))
    assert len(server.requests) == server.connections == 1


@pytest.mark.parametrize("talk", [silence, trickle, continue_for_ever])
async def test_a_provider_that_is_slow_is_asked_once_and_left(talk: Talk) -> None:
    async with exchanger(total_seconds=0.1) as exchange, serving(talk) as server:
        with pytest.raises(ProviderUnavailable):
            await exchange.send(post(server.url))
    assert len(server.requests) == server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 99999 What\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 1000 + b"\r\n",
        CHUNKED + b"zz\r\nab\r\n",
    ],
    ids=["ssh", "status", "negative length", "two lengths", "long header", "many headers", "chunk"],
)
async def test_an_answer_that_is_not_http_is_refused(answer: bytes) -> None:
    async with exchanger() as exchange, serving(answering(answer)) as server:
        with pytest.raises(ProviderProtocolError):
            await exchange.send(post(server.url))
    assert len(server.requests) == 1


async def test_each_request_has_a_connection_of_its_own() -> None:
    async def keep_alive(server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await server.receive(reader)
            writer.write(http(b"{}", "Connection: keep-alive"))
            await writer.drain()

    async with exchanger() as exchange, serving(keep_alive) as server:
        for _ in range(3):
            await exchange.send(post(server.url))
    assert server.connections == 3


async def test_of_a_connection_that_nobody_accepts_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        # They fill the queue: of the next, the kernel drops the SYN.
        waiting = [socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK) for _ in range(3)]
        try:
            for one in waiting:
                one.connect_ex(address)
            async with exchanger(connect_seconds=0.2) as exchange:
                with pytest.raises(NothingSent, match="in time"):
                    await exchange.send(post(f"http://127.0.0.1:{address[1]}/"))
        finally:
            for one in waiting:
                one.close()


async def test_of_several_addresses_the_one_that_answers_is_used_and_asked_once() -> None:
    resolver = ToldResolver(["127.0.0.2", "127.0.0.1"])
    async with exchanger(resolver=resolver) as exchange, serving(answering(http(b"{}"))) as server:
        await exchange.send(post(f"http://provider.test:{server.port}/token"))
    assert len(server.requests) == 1


async def test_a_cancelled_request_closes_its_connection() -> None:
    async with exchanger() as exchange, serving(silence) as server:
        sending = asyncio.create_task(exchange.send(post(server.url)))
        await server.is_asked()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await server.client_leaves()


@pytest.mark.parametrize(
    ("talk", "error"),
    [
        (answering(b""), ProviderUnavailable),
        (silence, ProviderUnavailable),
        (answering(b"SSH-2.0\r\n\r\n"), ProviderProtocolError),
        (answering(http(b"a-body\xff")), ProviderProtocolError),
    ],
    ids=["gone", "slow", "not HTTP", "not UTF-8"],
)
async def test_an_error_and_all_behind_it_hold_no_secret(talk: Talk, error: type[Exception]) -> None:
    secrets = ("a-query", "a-body", CODE, "c2VjcmV0")
    async with exchanger(total_seconds=0.1) as exchange, serving(talk) as server:
        request = post(f"{server.url}?key={secrets[0]}")
        with pytest.raises(error) as raised:
            await exchange.send(request)
    behind = raised.value.__cause__
    assert isinstance(behind, WireError)
    assert raised.value.__context__ is behind.__cause__ is behind.__context__ is None
    shown = "".join(traceback.format_exception(raised.value)) + repr(behind)
    assert [secret for secret in secrets if secret in shown] == []


async def test_a_get_may_be_asked_again_by_the_library_and_a_post_is_not() -> None:
    async with exchanger() as exchange, serving(answering(b"")) as server:
        with pytest.raises(ProviderUnavailable):
            await exchange.send(ProviderRequest(method=Method.GET, url=server.url))
        gets = len(server.requests)
        with pytest.raises(ProviderUnavailable):
            await exchange.send(ProviderRequest(method=Method.POST, url=server.url, form={"a": Secret("b")}))
    assert gets <= 2
    assert len(server.requests) - gets == 1
