"""Requests to providers."""

from typing import Protocol

from domain.oauth.http import ProviderRequest, ProviderResponse


class NothingSent(Exception):
    """No byte of the request left this process: it may be sent again."""


class TokenExchanger(Protocol):
    """Sends one request to a provider and brings its answer back.

    5 s to connect, 15 s in all, 256 KiB decoded; redirects are not followed, proxies of the environment not used,
    no cookies kept; only https, and no loopback, private or link-local address after resolving, unless the operator
    allows insecure providers (and link-local never).
    """

    async def send(self, request: ProviderRequest) -> ProviderResponse:
        """The answer, whatever its status.

        Raises NothingSent where the connection could not be made (refused, name, TLS, address not allowed);
        ProviderUnavailable where the request may have arrived and no answer came in time;
        ProviderProtocolError where the answer is too large, encoded, or not UTF-8.
        """
