"""How long requests wait for the first byte of their answer, by the route's template: never by the path itself."""

import time

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.http.request_id import is_http
from app.metrics import REQUEST_SECONDS

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


class LatencyMiddleware:
    """Measures until the answer begins, and labels it with what its router found meanwhile."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope):
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                # Callers choose methods and paths: what we do not serve is one label.
                method = scope["method"] if scope["method"] in _METHODS else "other"
                route = scope.get("path_template") or "none"
                status = f"{message['status'] // 100}xx"
                REQUEST_SECONDS.labels(method, route, status).observe(time.perf_counter() - begun)
            await send(message)

        await self.app(scope, receive, measured)
