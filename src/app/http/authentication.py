"""The principal of a request, from its Authorization header alone (RFC 6750 §2.1)."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from app.http.acting import act_as
from app.use_cases.authenticate import Authenticate
from domain.access import Principal
from domain.errors import Unauthorized
from domain.jwt import MOST_CHARACTERS
from domain.ports import Acting
from domain.secret import Secret

_SCHEMES = {"bearer", "jwt"}
_STATE_KEY = "switchboard_principal"


def require_key(authenticate: Callable[[], Authenticate], acting: Acting) -> Guard:
    """A guard, which comes before anything else of the request is read: a stranger learns nothing but that.

    What the request has done from then on is the principal's deed.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if connection.scope.get("method") != "OPTIONS":  # a browser's preflight carries no key
            scheme, sent = read_key(connection.headers.getall("Authorization", []))
            by = authenticate()
            principal = await (by.jwt(sent) if scheme == "jwt" else by.bearer(sent))
            connection.scope["state"][_STATE_KEY] = principal
            act_as(principal, connection.scope, acting)

    return guard


def principal_of(request: Request[Any, Any, Any]) -> Principal:
    """Who sent the request, as the guard found."""
    principal: Principal = request.scope["state"][_STATE_KEY]
    return principal


def read_key(sent: Sequence[str]) -> tuple[str, Secret]:
    """The scheme in lower case, and the one key or token that was sent. Without a scheme it is read as a Bearer.

    ``sent`` are the request's Authorization headers. Raises Unauthorized.
    """
    header = sent[0].strip() if len(sent) == 1 else ""
    first, separator, rest = header.partition(" ")
    scheme, key = (first.lower(), rest.strip()) if separator else ("bearer", first)
    if not key or len(key) > MOST_CHARACTERS or scheme not in _SCHEMES:
        raise Unauthorized
    return scheme, Secret(key)
