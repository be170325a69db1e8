"""CORS (Fetch §3.2) for the API: pages of the origins in the settings may ask with a bearer, and never with cookies.

Pages of ours have none of it: they are for the browser's own window.
"""

from collections.abc import Collection

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from app.http.request_id import is_http

API = "/v1alpha1/"
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
    ("Access-Control-Max-Age", "600"),
)
_READABLE = "X-Request-Id, Retry-After"


class CorsMiddleware:
    """Answers preflights, and lets these origins' pages read the API's answers, refusals too."""

    def __init__(self, app: ASGIApp, *, origins: Collection[str]) -> None:
        self.app = app
        self.origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope) or not scope["path"].startswith(API):
            await self.app(scope, receive, send)
            return
        asked = Headers.from_scope(scope)
        origin = asked.get("Origin")
        allowed = origin if origin in self.origins else None

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


async def _answer_preflight(send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in _PREFLIGHT]
    start: HTTPResponseStartEvent = {"type": "http.response.start", "status": 204, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
