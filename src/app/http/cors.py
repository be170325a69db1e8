"""CORS (Fetch §3.2) for the API: pages of the origins that the settings or an app allow may ask with a bearer.

The settings' origins may ask everything; an app's what its own address, a connection's or a flow's names, and what can
name no app before the body is read. Never with cookies. Pages of ours have none of it: they are for the browser's own
window.
"""

from collections.abc import Callable, Collection
from urllib.parse import parse_qs

import structlog
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from app.http.request_id import is_http
from app.use_cases.allow_origin import Addressed, AllowOrigin, OfApp, OfApps, OfConnection, OfFlow, OfState
from domain.errors import StorageUnavailable
from domain.ids import AppId, ConnectionId, FlowId, OrganisationId
from domain.secret import Secret
from domain.urls import origin_problem

log = structlog.get_logger(__name__)

API = "/v1alpha1/"
_CALLBACK = "connections/oauth2/callback"
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
    ("Access-Control-Max-Age", "600"),
)
_READABLE = "X-Request-Id, Retry-After"


class CorsMiddleware:
    """Answers preflights, and lets these origins' pages read the API's answers, refusals too."""

    def __init__(self, app: ASGIApp, *, origins: Collection[str], allow: Callable[[], AllowOrigin]) -> None:
        self.app = app
        self.origins = frozenset(origins)
        self.allow = allow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope) or not scope["path"].startswith(API):
            await self.app(scope, receive, send)
            return
        asked = Headers.from_scope(scope)
        origin = asked.get("Origin")
        allowed = None if origin is None or not await self._allows(origin, scope) else origin

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                headers.add("Vary", "Origin")
                if allowed is not None:
                    headers["Access-Control-Allow-Origin"] = allowed
                    headers["Access-Control-Expose-Headers"] = _READABLE
            await send(message)

        if allowed is not None and scope["method"] == "OPTIONS" and "Access-Control-Request-Method" in asked:
            await _answer_preflight(told)
        else:
            await self.app(scope, receive, told)

    async def _allows(self, origin: str, scope: HTTPScope) -> bool:
        """Whether its pages may read. While nobody can tell they may not; what they ask is answered all the same."""
        if origin in self.origins:
            return True
        addressed = _addressed(scope)
        if addressed is None or origin_problem(origin, insecure=True) is not None:  # no app has it
            return False
        try:
            return await self.allow()(origin, addressed)
        except StorageUnavailable as error:
            log.warning("origin_not_looked_up", reason=error.message)
            return False


def _addressed(scope: HTTPScope) -> Addressed | None:
    """What the address names; None for what no app stands behind."""
    path = scope["path"].removeprefix(API)
    if path == _CALLBACK:
        [state, *more] = parse_qs(scope["query_string"].decode("latin-1")).get("state", [""])
        return OfState(Secret(state)) if state and not more else None
    try:
        match path.split("/"):
            case ["apps"]:
                return OfApps(None)
            case ["apps", app_id]:
                return OfApp(None, AppId(app_id))
            case ["organisations", organisation_id, *below]:
                return _addressed_below(OrganisationId(organisation_id), below)
    except ValueError:  # no id of ours
        return None
    return None


def _addressed_below(organisation_id: OrganisationId, path: list[str]) -> Addressed | None:
    """Raises ValueError for what is no id."""
    match path:
        case ["apps" | "connections" | "connected-apps" | "connection-init"]:
            return OfApps(organisation_id)
        case ["apps", app_id]:
            return OfApp(organisation_id, AppId(app_id))
        case ["connections", connection_id] | ["connections", connection_id, "token" | "headers" | "revoke"]:
            return OfConnection(organisation_id, ConnectionId(connection_id))
        case ["connection-init", flow_id]:
            return OfFlow(organisation_id, FlowId(flow_id))
    return None


async def _answer_preflight(send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in _PREFLIGHT]
    start: HTTPResponseStartEvent = {"type": "http.response.start", "status": 204, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
