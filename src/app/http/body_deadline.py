"""A body comes whole within a time, or is not waited for (a 408): one byte a minute would hold a request for ever."""

import asyncio
from typing import Final

import attrs
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, ReceiveMessage, Scope, Send

from app.http.request_id import is_http

BODY_SECONDS: Final = 30.0
"""For 1 MiB: 35 KB a second, which a telephone has."""


class BodyDeadlineMiddleware:
    """Gives whoever reads a body a ``receive`` that ends."""

    def __init__(self, app: ASGIApp, *, seconds: float = BODY_SECONDS) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, PunctualBody(receive, self.seconds) if is_http(scope) else receive, send)


@attrs.define
class PunctualBody:
    """A ``receive`` whose body has come ``seconds`` after it was first asked for; afterwards it waits as the server's.

    Raises a 408 for one that has not, and a 400 where the client left in the middle of it, which is no defect of ours.
    """

    _receive: Receive
    _seconds: float
    _deadline: float | None = attrs.field(default=None, init=False)
    _is_whole: bool = attrs.field(default=False, init=False)

    async def __call__(self) -> ReceiveMessage:
        if self._is_whole:
            return await self._receive()
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            # RFC 9110 §15.5.9: the connection is of no use any more, for the rest of the body may still come.
            raise HTTPException(status_code=408, headers={"Connection": "close"}) from error
        if message["type"] != "http.request":
            raise HTTPException(status_code=400)
        self._is_whole = not message["more_body"]
        return message
