"""Each request has an id: in its answer, its errors, its log lines, and what is sent to Vault and providers for it."""

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeGuard

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

_STATE_KEY = "switchboard_request_id"

Under = Callable[[str], AbstractContextManager[None]]
"""A block in which all that is done is done for the request of this id."""


def request_id_of(scope: Scope) -> str:
    """The id of the request that is being answered."""
    return str(scope["state"].get(_STATE_KEY, ""))


def is_http(scope: Scope) -> TypeGuard[HTTPScope]:
    """Whether it is a request, and not the lifespan's."""
    return str(scope["type"]) == "http"


def new_request_id() -> str:
    return secrets.token_hex(16)


class RequestIdMiddleware:
    """Outermost: gives the id, and logs method, path and status; never a query, which may hold a code or a ticket."""

    def __init__(self, app: ASGIApp, *, under: Under) -> None:
        self.app = app
        self.under = under

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope):
            await self.app(scope, receive, send)
            return
        request_id = new_request_id()
        scope.setdefault("state", {})[_STATE_KEY] = request_id
        begun = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id), self.under(request_id):

            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableScopeHeaders.from_message(message)["X-Request-Id"] = request_id
                    log.info(
                        "request",
                        method=scope["method"],
                        path=scope["path"],
                        status=message["status"],
                        milliseconds=round((time.perf_counter() - begun) * 1000, 1),
                    )
                await send(message)

            await self.app(scope, receive, told)
