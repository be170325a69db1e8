"""TLS is verified, of version 1.2 at least, for the name that was asked for (RFC 6749 §3.2, security.md C33)."""

import asyncio
import ssl
from pathlib import Path

import pytest

from domain.ports import NothingSent
from domain.secret import Secret
from tests.integration.oauth_http.authority import DAY, Authority
from tests.integration.oauth_http.exchanging import ToldResolver, exchanger, post
from tests.integration.oauth_http.raw_server import RawServer, answering, http, serving, until_gone

NAME = "provider.test"
FINE = answering(http(b"fine"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


async def refusal(tls: ssl.SSLContext, *, cafile: Path | None) -> str:
    """The words of the refusal, where the server has seen no request."""
    async with (
        exchanger(cafile=cafile, resolver=ToldResolver(["127.0.0.1"])) as exchange,
        serving(FINE, tls=tls) as server,
    ):
        with pytest.raises(NothingSent) as refused:
            await exchange.send(post(f"https://{NAME}:{server.port}/token"))
    assert server.requests == []
    return str(refused.value)


async def test_a_certificate_of_a_trusted_authority_for_that_name_is_accepted(authority: Authority) -> None:
    async with (
        exchanger(cafile=authority.cafile, resolver=ToldResolver(["127.0.0.1"])) as exchange,
        serving(FINE, tls=authority.server_context(NAME)) as server,
    ):
        response = await exchange.send(post(f"https://{NAME}:{server.port}/token"))
    assert response.body == Secret("fine")


async def test_an_unknown_authority_is_refused(authority: Authority) -> None:
    assert "certificate" in await refusal(authority.server_context(NAME), cafile=None)


async def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    assert "certificate" in await refusal(authority.server_context("other.test"), cafile=authority.cafile)


async def test_an_expired_certificate_is_refused(authority: Authority) -> None:
    expired = authority.server_context(NAME, expires_in=-DAY)
    assert "certificate" in await refusal(expired, cafile=authority.cafile)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_tls_older_than_1_2_is_refused(authority: Authority) -> None:
    old = authority.server_context(NAME)
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    assert await refusal(old, cafile=authority.cafile)


async def test_a_server_without_tls_is_refused() -> None:
    async def plain(_server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(http(b"", status="400 Bad Request"))
        await writer.drain()

    async with exchanger() as exchange, serving(plain) as server:
        with pytest.raises(NothingSent, match="TLS"):
            await exchange.send(post(f"https://127.0.0.1:{server.port}/token"))


async def test_of_a_handshake_that_is_never_answered_nothing_was_sent() -> None:
    async with exchanger(connect_seconds=0.1) as exchange, serving(until_gone) as server:
        with pytest.raises(NothingSent, match="in time"):
            await exchange.send(post(f"https://127.0.0.1:{server.port}/token"))
        await server.client_leaves()
