"""The exchanger as tests hold it: real sockets, short deadlines, names that resolve as told."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.oauth_http.client import open_provider_client
from adapters.oauth_http.token_exchanger import HttpTokenExchanger
from adapters.system.correlation import ContextCorrelation
from domain.oauth.http import Method, ProviderRequest
from domain.secret import Secret

CODE = "a-code-that-nobody-may-log"


@asynccontextmanager
async def exchanger(
    *,
    insecure: bool = True,
    cafile: Path | None = None,
    resolver: AbstractResolver | None = None,
    connect_seconds: float = 5.0,
    total_seconds: float = 15.0,
) -> AsyncIterator[HttpTokenExchanger]:
    client = open_provider_client(
        allow_insecure=insecure, cafile=cafile, resolver=resolver, connect_seconds=connect_seconds
    )
    async with client:
        yield HttpTokenExchanger(client, ContextCorrelation(), total_seconds=total_seconds)


def post(url: str) -> ProviderRequest:
    return ProviderRequest(
        method=Method.POST,
        url=url,
        headers={"Authorization": Secret("Basic c2VjcmV0")},
        form={"grant_type": Secret("authorization_code"), "code": Secret(CODE)},
    )


class ToldResolver(AbstractResolver):
    """Answers each question with the next of these lists of addresses, and the last one from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.asked: list[str] = []
        self._answers = answers

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = self._answers[min(len(self.asked), len(self._answers) - 1)]
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""
