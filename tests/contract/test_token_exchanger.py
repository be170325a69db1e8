"""What `domain.ports.TokenExchanger` promises, of real sockets."""

import asyncio
import socket

import attrs
import pytest

from adapters.oauth_http.token_exchanger import LARGEST_BODY
from domain.errors import ProviderProtocolError, ProviderUnavailable
from domain.oauth.http import Method, ProviderRequest
from domain.ports import NothingSent, TokenExchanger
from domain.secret import Secret
from tests.integration.oauth_http.exchanging import exchanger, post
from tests.integration.oauth_http.raw_server import RawServer, answering, http, serving, silence


async def test_a_post_carries_its_headers_and_its_form() -> None:
    headers = {"Authorization": Secret("Basic Zm9vOmJhcg=="), "Accept": Secret("application/json")}
    form = {"code": Secret("a+b/c= %&ü"), "empty": Secret("")}
    async with exchanger() as exchange, serving(answering(http(b"{}"))) as server:
        await exchange.send(ProviderRequest(method=Method.POST, url=server.url, headers=headers, form=form))
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    lines = head.lower().split("\r\n")
    assert lines[0] == "post /token http/1.1"
    assert {"authorization: basic zm9vomjhcg==", "accept: application/json"} <= set(lines)
    assert {"content-type: application/x-www-form-urlencoded", f"content-length: {len(body)}"} <= set(lines)
    assert {"accept-encoding: identity", "user-agent: switchboard", "connection: close"} <= set(lines)
    assert body == "code=a%2Bb%2Fc%3D+%25%26%C3%BC&empty="


async def test_a_get_has_no_body_and_keeps_its_query() -> None:
    async with exchanger() as exchange, serving(answering(http(b"{}"))) as server:
        await exchange.send(ProviderRequest(method=Method.GET, url=f"{server.url}?a=b%20c&d=1"))
    assert server.requests[0].startswith(b"GET /token?a=b%20c&d=1 HTTP/1.1\r\n")
    assert b"content-length" not in server.requests[0].lower()


@pytest.mark.parametrize("method", [Method.POST, Method.PUT, Method.DELETE, Method.PATCH])
async def test_a_body_goes_out_as_it_is_by_any_method(method: Method) -> None:
    headers = {"Content-Type": Secret("application/json")}
    request = ProviderRequest(method=method, url="", headers=headers, body=Secret('{"a": "ü"}'))
    async with exchanger() as exchange, serving(answering(http(b"{}"))) as server:
        await exchange.send(attrs.evolve(request, url=server.url))
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    assert head.startswith(f"{method} /token HTTP/1.1\r\n")
    assert head.lower().count("content-type: application/json") == 1
    assert body == '{"a": "ü"}'


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "400 Bad Request", "429 Slow Down", "503 Sorry"])
async def test_the_answer_comes_back_whatever_its_status(status: str) -> None:
    body = b"" if status.startswith("204") else b'{"error":"invalid_grant"}'
    answer = http(body, "Content-Type: Application/JSON; Charset=UTF-8", "Cache-Control: max-age=60", status=status)
    async with exchanger() as exchange, serving(answering(answer)) as server:
        response = await exchange.send(post(server.url))
    assert response.status == int(status[:3])
    assert response.content_type == "application/json; charset=utf-8"
    assert response.body == Secret(body.decode())
    assert response.max_age == 60


async def test_rfc9112_4_a_reason_phrase_may_be_anything_and_loses_no_answer() -> None:
    answer = http(b"{}").replace(b"200 OK", b"200 D\xe9j\xe0 vu", 1)
    async with exchanger() as exchange, serving(answering(answer)) as server:
        assert (await exchange.send(post(server.url))).body == Secret("{}")


async def test_what_the_answer_does_not_say_is_absent() -> None:
    async with exchanger() as exchange, serving(answering(http("ü".encode()))) as server:
        response = await exchange.send(post(server.url))
    assert response.content_type == ""
    assert response.max_age is None
    assert response.body == Secret("ü")


async def test_a_byte_order_mark_is_no_part_of_the_body() -> None:
    async with exchanger() as exchange, serving(answering(http(b"\xef\xbb\xbf{}"))) as server:
        assert (await exchange.send(post(server.url))).body == Secret("{}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int) -> None:
    async with exchanger() as exchange, serving(answering(http(b"{}"))) as canary:
        redirect = http(b"", f"Location: {canary.url}", status=f"{status} Over There")
        async with serving(answering(redirect)) as server:
            response = await exchange.send(post(server.url))
    assert response.status == status
    assert canary.connections == 0
    assert len(server.requests) == 1


@pytest.mark.parametrize("location", ["http://[::", "//[", "\\\\x", "x" * 7000, "http://\u00e9", ""])
async def test_a_redirect_to_nowhere_is_an_answer_too(location: str) -> None:
    redirect = http(b"", f"Location: {location}", status="302 Found")
    async with exchanger() as exchange, serving(answering(redirect)) as server:
        assert (await exchange.send(post(server.url))).status == 302


async def test_cookies_are_not_kept() -> None:
    answer = http(b"{}", "Set-Cookie: session=theirs; Path=/", "Set-Cookie: second=theirs; Domain=127.0.0.1")
    async with exchanger() as exchange, serving(answering(answer)) as server:
        for _ in range(2):
            await exchange.send(post(server.url))
    assert len(server.requests) == 2
    assert all(b"cookie" not in request.lower() for request in server.requests)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(silence) as proxy, serving(answering(http(b"{}"))) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with exchanger() as exchange:
            await exchange.send(post(server.url))
    assert proxy.connections == 0
    assert len(server.requests) == 1


async def test_256_kib_are_taken() -> None:
    async with exchanger() as exchange, serving(answering(http(b"a" * LARGEST_BODY))) as server:
        response = await exchange.send(post(server.url))
    assert len(response.body.reveal()) == 256 * 1024


async def test_one_byte_more_is_refused() -> None:
    async with exchanger() as exchange, serving(answering(http(b"a" * (LARGEST_BODY + 1)))) as server:
        with pytest.raises(ProviderProtocolError, match="256 KiB"):
            await exchange.send(post(server.url))


async def test_a_body_without_end_is_left_while_it_comes() -> None:
    async def without_end(server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.receive(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"a" * 65536)
            await writer.drain()

    async with exchanger() as exchange, serving(without_end) as server:
        with pytest.raises(ProviderProtocolError, match="256 KiB"):
            await exchange.send(post(server.url))
        await server.client_leaves()


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "GZIP"])
async def test_an_encoded_answer_is_refused_and_not_unpacked(encoding: str) -> None:
    answer = http(b"{}", f"Content-Encoding: {encoding}")
    async with exchanger() as exchange, serving(answering(answer)) as server:
        with pytest.raises(ProviderProtocolError, match="compressed"):
            await exchange.send(post(server.url))


@pytest.mark.parametrize("body", [b"\xff", "é".encode("latin-1"), "{}".encode("utf-16"), b"\xed\xa0\x80"])
async def test_what_is_not_utf_8_is_refused(body: bytes) -> None:
    async with exchanger() as exchange, serving(answering(http(body))) as server:
        with pytest.raises(ProviderProtocolError, match="UTF-8"):
            await exchange.send(post(server.url))


async def test_of_a_refused_connection_nothing_was_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # taken, and nobody listens
        async with exchanger() as exchange:
            with pytest.raises(NothingSent):
                await exchange.send(post(f"http://127.0.0.1:{unused.getsockname()[1]}/"))


async def test_a_provider_that_never_answers_is_left_after_the_total_time() -> None:
    async with exchanger(total_seconds=0.1) as exchange, serving(silence) as server:
        with pytest.raises(ProviderUnavailable):
            await exchange.send(post(server.url))
        await server.client_leaves()
    assert len(server.requests) == 1


async def test_many_requests_at_once_get_their_own_answers() -> None:
    async def echo(server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await server.receive(reader)
        writer.write(http(request.partition(b"\r\n\r\n")[2]))
        await writer.drain()

    async def ask(exchange: TokenExchanger, url: str, number: int) -> str:
        form = {"number": Secret(str(number))}
        return (await exchange.send(ProviderRequest(method=Method.POST, url=url, form=form))).body.reveal()

    async with exchanger() as exchange, serving(echo) as server:
        answers = await asyncio.gather(*(ask(exchange, server.url, number) for number in range(20)))
    assert answers == [f"number={number}" for number in range(20)]
