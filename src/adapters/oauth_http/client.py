"""The only HTTP client that goes where tenants point it: httpx over aiohttp, guarded where the connection is made.

Rules:
- Every address is judged twice, and the judged one is connected to: all answers of the resolver (one that is forbidden
  refuses the name), and what a socket is about to be made for, literal addresses and cached answers included.
- A connection serves one request. The idle one that a server has just closed looks like a lost answer, and a lost
  answer ends a flow, for a code is never sent twice: a handshake for each token request is the cheaper price. It also
  means that no request goes to an address that was judged for another one, or long ago.
- Nothing is kept from one answer to the next request: two cookie jars, both shut, and no redirects.
"""

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from pathlib import Path
from typing import Self

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType, Connection
from httpx_aiohttp import AiohttpTransport

from adapters.oauth_http.egress import forbidden_reason, forbidden_url_reason

CONNECT_SECONDS = 5.0

# One tenant's provider that never answers must not take all connections from the others.
_MOST_CONNECTIONS = 1000
_MOST_CONNECTIONS_TO_A_HOST = 100
_MOST_LOOK_UPS = 32


class AddressNotAllowed(OSError):
    """The guard's refusal: nothing was connected to. An OSError, which aiohttp takes for a failed look-up."""


def open_provider_client(
    *,
    allow_insecure: bool,
    cafile: Path | None = None,
    resolver: AbstractResolver | None = None,
    connect_seconds: float = CONNECT_SECONDS,
) -> httpx.AsyncClient:
    """Close it with ``aclose``.

    ``allow_insecure`` is for development: plain http, loopback and private addresses. ``cafile`` holds authorities
    that are trusted beside the system's; ``resolver`` stands in for the system's. ``connect_seconds`` bound the wait
    for a free connection, the look-up, connecting and the TLS handshake together. The whole is the caller's to bound.
    """
    return httpx.AsyncClient(
        transport=_GuardedTransport(_tls(cafile), insecure=allow_insecure, resolver=resolver),
        headers={"User-Agent": "switchboard", "Accept-Encoding": "identity", "Connection": "close"},
        # "pool" is aiohttp's bound on all that comes before a connection, "connect" that on each address alone.
        timeout=httpx.Timeout(None, pool=connect_seconds, connect=connect_seconds),
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        trust_env=False,
        follow_redirects=False,
    )


def parsed_url(text: str) -> httpx.URL:
    """Raises AddressNotAllowed for what the client could not send to."""
    try:
        url = httpx.URL(text)
        if url.host:  # decoded here, and not before: a malformed A-label raises now
            return url
    except (httpx.InvalidURL, UnicodeError) as error:
        raise AddressNotAllowed("The URL is malformed.") from error
    raise AddressNotAllowed("The URL is without a host.")


@cache
def _tls(cafile: Path | None) -> ssl.SSLContext:
    """Made once: to read the system's authorities takes 25 ms of a start, and 0.8 MB."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if cafile is not None:
        context.load_verify_locations(cafile)
    return context


class _GuardedTransport(AiohttpTransport):
    def __init__(self, tls: ssl.SSLContext, *, insecure: bool, resolver: AbstractResolver | None) -> None:
        # The parent's own ``verify`` does nothing beside ``client``, but would read another set of authorities.
        super().__init__(verify=tls, client=self._session)
        self._tls = tls
        self._insecure = insecure
        self._resolver = resolver

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reason = forbidden_url_reason(str(request.url), insecure=self._insecure)
        if reason is not None:
            raise AddressNotAllowed(f"The URL is {reason}.")
        response = await super().handle_async_request(request)
        # httpx reads it even where it does not follow, and raises on a malformed one: the answer would be lost.
        response.headers.pop("Location", None)
        return response

    def _session(self) -> aiohttp.ClientSession:
        """Made with the first request, in its event loop."""
        connector = aiohttp.TCPConnector(
            ssl=self._tls,
            # Named, for aiohttp's default changes with what else is installed.
            resolver=_JudgingResolver(self._resolver or _Resolver(), insecure=self._insecure),
            socket_factory=self._judged_socket,
            force_close=True,
            limit=_MOST_CONNECTIONS,
            limit_per_host=_MOST_CONNECTIONS_TO_A_HOST,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            response_class=_ResponseWithoutReason,
        )

    def _judged_socket(self, info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        _judge(address[0], insecure=self._insecure)
        return socket.socket(family, kind, protocol)


class _ResponseWithoutReason(aiohttp.ClientResponse):
    """httpx-aiohttp encodes the reason phrase as ASCII, which it need not be (RFC 9112 §4): a grant would be lost."""

    async def start(self, connection: Connection) -> Self:
        await super().start(connection)
        self.reason = ""
        return self


class _Resolver(AbstractResolver):
    """The system's look-up on threads of its own: names that tenants choose may hang, and Vault's must not wait."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_MOST_LOOK_UPS, thread_name_prefix="provider-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        ask = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class _JudgingResolver(AbstractResolver):
    """Refuses a name of which any answer is forbidden: a mixed one is an attempt, or about to become one."""

    def __init__(self, inner: AbstractResolver, *, insecure: bool) -> None:
        self._inner = inner
        self._insecure = insecure

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        try:
            answers = await self._inner.resolve(host, port, family)
        except UnicodeError as error:  # a label that is empty, or longer than 63: no question that DNS can be asked
            raise OSError(f"{host} is no host name.") from error
        for answer in answers:
            _judge(answer["host"], insecure=self._insecure)
        return answers

    async def close(self) -> None:
        await self._inner.close()


def _judge(host: str, *, insecure: bool) -> None:
    reason = forbidden_reason(ip_address(host), insecure=insecure)
    if reason is not None:
        raise AddressNotAllowed(f"{host} is {reason}.")
