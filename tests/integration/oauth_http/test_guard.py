"""Where requests do not go, and what is told of it (security.md C53 to C57)."""

import socket

import pytest
from aiohttp.abc import ResolveResult

from adapters.oauth_http.client import AddressNotAllowed
from adapters.oauth_http.failures import NOT_ALLOWED
from domain.ports import NothingSent
from tests.integration.oauth_http.exchanging import ToldResolver, exchanger, post
from tests.integration.oauth_http.raw_server import answering, http, serving

FINE = answering(http(b"fine"))
PUBLIC = "3ffe::1"  # allowed, and reaches nobody: the 6bone is gone (RFC 3701)


async def refusal(url: str, *, insecure: bool = False, resolver: ToldResolver | None = None) -> NothingSent:
    async with exchanger(insecure=insecure, resolver=resolver) as exchange:
        with pytest.raises(NothingSent) as refused:
            await exchange.send(post(url))
    return refused.value


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[::127.0.0.1]",
        "localhost",
        "2130706433",
        "127.1",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "\u2460\u2461\u2466.0.0.1",
    ],
)
async def test_loopback_by_any_spelling_is_not_connected_to(host: str) -> None:
    async with serving(FINE) as server:
        refused = await refusal(f"https://{host}:{server.port}/token")
    assert server.connections == 0
    assert str(refused) in {NOT_ALLOWED, "The provider's name does not resolve."}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/token",
        "https://user@127.0.0.1:{port}/token",
        "https://127.0.0.1:{port}/token#fragment",
        "https://127.0.0.1:22/token",
        "unix:///run/docker.sock",
        "https:///token",
        "/token",
        "",
        "https://[::1",
        "https://127.0.0.1:99999/",
        "https://a..b:{port}/",
        "https://xn--:{port}/",
        "https://xn--a:{port}/",
        "https://{long}:{port}/",
        "https://ho\nst:{port}/",
        "https://\ud800:{port}/",
    ],
)
async def test_a_url_that_is_not_allowed_or_no_url_is_refused_before_anything_is_sent(url: str) -> None:
    async with serving(FINE) as server:
        refused = await refusal(url.format(port=server.port, long="a" * 64))
    assert server.connections == 0
    assert str(refused) in {NOT_ALLOWED, "The provider's name does not resolve."}


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "[fd00:ec2::254]", "[::]"]
)
async def test_metadata_services_are_refused_though_insecure_providers_are_allowed(host: str) -> None:
    assert str(await refusal(f"http://{host}/latest/meta-data/", insecure=True)) == NOT_ALLOWED


async def test_a_name_that_resolves_to_loopback_is_not_connected_to() -> None:
    async with serving(FINE) as server:
        refused = await refusal(f"https://provider.test:{server.port}/", resolver=ToldResolver(["127.0.0.1"]))
    assert server.connections == 0
    assert str(refused) == NOT_ALLOWED


@pytest.mark.parametrize("answers", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, "::ffff:127.0.0.1"]])
async def test_one_forbidden_answer_refuses_the_name(answers: list[str]) -> None:
    async with serving(FINE) as server:
        refused = await refusal(f"https://provider.test:{server.port}/", resolver=ToldResolver(answers))
    assert server.connections == 0
    assert str(refused) == NOT_ALLOWED


async def test_a_name_is_looked_up_once_for_judging_and_connecting() -> None:
    resolver = ToldResolver(["127.0.0.1"], ["169.254.169.254"])  # the second answer is what rebinding would give
    async with exchanger(resolver=resolver) as exchange, serving(FINE) as server:
        await exchange.send(post(f"http://provider.test:{server.port}/token"))
    assert resolver.asked == ["provider.test"]
    assert server.connections == 1


async def test_a_name_that_was_allowed_is_judged_again_when_it_is_looked_up_again() -> None:
    resolver = ToldResolver(["127.0.0.1"], ["169.254.169.254"])
    async with exchanger(resolver=resolver) as exchange, serving(FINE) as server, serving(FINE) as other:
        await exchange.send(post(f"http://provider.test:{server.port}/token"))
        with pytest.raises(NothingSent) as refused:
            await exchange.send(post(f"http://provider.test:{other.port}/token"))
    assert str(refused.value) == NOT_ALLOWED
    assert other.connections == 0


async def test_the_host_header_and_the_connection_are_for_the_name() -> None:
    async with exchanger(resolver=ToldResolver(["127.0.0.1"])) as exchange, serving(FINE) as server:
        await exchange.send(post(f"http://provider.test:{server.port}/token"))
    assert f"host: provider.test:{server.port}".encode() in server.requests[0].lower()


async def test_a_refusal_tells_a_tenant_nothing_of_what_is_there_and_an_operator_why() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        async with serving(FINE) as server:
            of_open = await refusal(f"https://127.0.0.1:{server.port}/")
        of_closed = await refusal(f"https://127.0.0.1:{closed.getsockname()[1]}/")
    assert str(of_open) == str(of_closed) == NOT_ALLOWED
    assert isinstance(of_open.__cause__, AddressNotAllowed)
    assert str(of_open.__cause__) == str(of_closed.__cause__) == "127.0.0.1 is a loopback or private address."


async def test_a_name_that_does_not_resolve_is_told_apart() -> None:
    class Unknown(ToldResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            raise socket.gaierror(socket.EAI_NONAME, f"{host}:{port} of {family} is not known")

    refused = await refusal("https://provider.test/", resolver=Unknown([]))
    assert str(refused) == "The provider's name does not resolve."
