"""What went wrong on the wire, in the port's words.

The rule: NothingSent only for errors that aiohttp raises before there is a connection. httpx's classes do not tell:
by httpx-aiohttp a server that read the request and went away is a ``ConnectTimeout``, as is one that was never reached.
What is not known to have stayed here may have arrived, and a code that may have arrived is not sent again.
"""

import aiohttp
import httpx

from adapters.oauth_http.client import AddressNotAllowed
from domain.errors import ProviderProtocolError, ProviderUnavailable
from domain.ports import NothingSent

NOT_ALLOWED = (
    "The provider's address is not allowed "
    "(https and public addresses only; SWITCHBOARD_ALLOW_INSECURE_PROVIDERS is for development)."
)
"""One sentence for every refusal: it must not tell a tenant what is at an address inside."""

WIRE_ERRORS = (
    AddressNotAllowed,
    TimeoutError,
    UnicodeError,
    aiohttp.ClientError,  # httpx-aiohttp lets those through that it does not know
    httpx.HTTPError,
)
"""What sending a request and reading its answer may raise."""

# The first that fits counts: a certificate's error is a TLS error, and each a connector's.
_NOTHING_SENT: tuple[tuple[type[Exception], str], ...] = (
    (AddressNotAllowed, NOT_ALLOWED),
    (aiohttp.InvalidURL, NOT_ALLOWED),
    (aiohttp.ClientConnectorDNSError, "The provider's name does not resolve."),
    (aiohttp.ClientConnectorCertificateError, "The provider's TLS certificate is not trusted, or not for this name."),
    (aiohttp.ClientSSLError, "The provider does not speak TLS 1.2 or newer."),
    (aiohttp.ClientConnectorError, "The provider refused the connection, or cannot be reached."),
    (aiohttp.ConnectionTimeoutError, "The provider did not take the connection in time."),
)


class WireError(Exception):
    """A library's error by its name alone: their own words quote URLs, and they hold request or body."""


def in_our_words(error: Exception) -> NothingSent | ProviderProtocolError | ProviderUnavailable:
    """What to raise for one of WIRE_ERRORS."""
    origin = _origin(error)
    for kind, message in _NOTHING_SENT:
        if isinstance(origin, kind):
            return NothingSent(message)
    if isinstance(origin, aiohttp.ClientResponseError):
        return ProviderProtocolError("The provider's answer is not HTTP. Check the app's endpoints.")
    if isinstance(origin, UnicodeError):
        return ProviderProtocolError("The provider's answer is not UTF-8.")
    return ProviderUnavailable()


def without_secrets(error: Exception) -> Exception:
    """The cause to keep."""
    origin = _origin(error)
    return origin if isinstance(origin, AddressNotAllowed) else WireError(type(origin).__name__)


def _origin(error: BaseException) -> BaseException:
    """The error under httpx's, and under aiohttp's where it is the guard's."""
    origin = error.__cause__ if isinstance(error, httpx.HTTPError) and error.__cause__ is not None else error
    if isinstance(origin, aiohttp.ClientConnectorError) and isinstance(origin.os_error, AddressNotAllowed):
        return origin.os_error
    return origin
