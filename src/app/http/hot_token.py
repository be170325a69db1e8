"""The token route's plain case, answered before Litestar: a key that is known, and a token in memory.

Where the token is not there, the first caller with a known key goes on to the whole stack; those who ask for the same
meanwhile wait until he was answered, and find it in memory.

Whatever is unusual in a request, and every refusal, is left to the whole stack behind it, which answers the same to the
byte. A hit is counted and measured as any request is, and not logged: a line costs more than all the rest of it.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import attrs
import msgspec
from litestar.exceptions import HTTPException
from litestar.types import (
    ASGIApp,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Receive,
    ReceiveMessage,
    Scope,
    Send,
)

from app.http.authentication import read_key
from app.http.body_deadline import BODY_SECONDS, PunctualBody
from app.http.json_bodies import read_json
from app.http.leaders import Leaders
from app.http.request_id import is_http, new_request_id
from app.http.wire.connections import TokenBody, TokenRequestBody
from app.metrics import HOT_TOKEN_SECONDS, TOKENS_ISSUED
from app.use_cases.issue_remembered import IssuedToken, IssueRemembered
from app.use_cases.known_principals import KnownPrincipals, memory_key
from domain.access import Principal
from domain.errors import SwitchboardError

_BEFORE, _BETWEEN, _BEHIND = "/v1alpha1/organisations/", "/connections/", "/token"
_LARGEST_BODY = 1024  # bytes: what the body may say is shorter
_LEADERS_WAITED_FOR = 2
_SECONDS_TO_WAIT = 5.0  # for each; then as anybody else: what ``IssueToken`` waits for comes after it
_JSON = b"application/json"

_encode = msgspec.json.Encoder().encode


@attrs.frozen
class _Asked:
    """What the headers and the path of a plain request say."""

    organisation_id: str
    connection_id: str
    authorization: str
    body_length: int


class _Led(NamedTuple):
    """What those wait for who ask for the same, whoever they are; each is judged for himself afterwards."""

    organisation_id: str
    connection_id: str
    minimum_validity: float


class HotTokenMiddleware:
    """Outside of all else: it gives its answers a request id itself."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        known: Callable[[], KnownPrincipals],
        issue: Callable[[], IssueRemembered],
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.app = app
        self.known = known
        self.issue = issue
        self.body_seconds = body_seconds
        self.leaders = Leaders[_Led]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        asked = _plainly_asked(scope) if is_http(scope) else None
        if asked is None:
            await self.app(scope, receive, send)
            return
        wanted: TokenRequestBody | None = TokenRequestBody()
        if asked.body_length:
            receive = PunctualBody(receive, self.body_seconds)
            try:
                message = await receive()
            except HTTPException:  # raised again behind us
                await self.app(scope, receive, send)
                return
            receive = _again(message, receive)
            wanted = _body(message, asked.body_length)
        principal = None if wanted is None or wanted.rejected is not None else self._principal(asked)
        if wanted is None or principal is None:
            await self.app(scope, receive, send)
            return
        token = await self._token(principal, asked, wanted)
        if token is not None:
            await self._answer(token, send, begun)
            return
        with self.leaders.leading(_Led(asked.organisation_id, asked.connection_id, wanted.minimum_validity)):
            await self.app(scope, receive, send)

    def _principal(self, asked: _Asked) -> Principal | None:
        """Who asks, if that is known; nobody waits for another organisation's."""
        try:
            principal = self.known().get(memory_key(*read_key([asked.authorization])))
        except SwitchboardError:
            return None
        return principal if principal is not None and principal.organisation_id == asked.organisation_id else None

    async def _token(self, principal: Principal, asked: _Asked, wanted: TokenRequestBody) -> IssuedToken | None:
        """What is in memory; where that will not do, what is there once those ahead of us were answered.

        Twice: what the first left behind may have been outdated by the hint of another replica at once.
        """
        token = self._remembered(principal, asked, wanted)
        led = _Led(asked.organisation_id, asked.connection_id, wanted.minimum_validity)
        for _ in range(_LEADERS_WAITED_FOR):
            if token is not None or not await self.leaders.waited_for(led, seconds=_SECONDS_TO_WAIT):
                break
            token = self._remembered(principal, asked, wanted)
        return token

    def _remembered(self, principal: Principal, asked: _Asked, wanted: TokenRequestBody) -> IssuedToken | None:
        try:
            return self.issue()(
                principal, asked.organisation_id, asked.connection_id, minimum_validity=wanted.minimum_validity
            )
        except SwitchboardError:
            return None

    async def _answer(self, token: IssuedToken, send: Send, begun: float) -> None:
        body = _encode(TokenBody.of(token))
        headers = [
            (b"content-type", _JSON),
            (b"cache-control", b"no-store"),
            (b"vary", b"Origin"),
            (b"content-length", b"%d" % len(body)),
            (b"x-request-id", new_request_id().encode()),
        ]
        TOKENS_ISSUED.inc()
        HOT_TOKEN_SECONDS.observe(time.perf_counter() - begun)
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)
        whole: HTTPResponseBodyEvent = {"type": "http.response.body", "body": body, "more_body": False}
        await send(whole)


def _plainly_asked(scope: HTTPScope) -> _Asked | None:
    path = scope["path"]
    if not path.endswith(_BEHIND) or not path.startswith(_BEFORE) or scope["method"] != "POST":
        return None
    organisation_id, between, connection_id = path[len(_BEFORE) : -len(_BEHIND)].partition(_BETWEEN)
    if not between or scope["query_string"]:
        return None
    authorization, length, content_type = None, b"0", _JSON
    for name, value in scope["headers"]:
        if name == b"authorization":
            if authorization is not None:
                return None
            authorization = value
        elif name == b"content-length":
            length = value
        elif name == b"content-type":
            content_type = value
        elif name in {b"transfer-encoding", b"origin", b"expect"}:
            return None
    if authorization is None or content_type != _JSON or not length.isdigit() or int(length) > _LARGEST_BODY:
        return None
    return _Asked(organisation_id, connection_id, authorization.decode("latin-1"), int(length))


def _body(message: ReceiveMessage, length: int) -> TokenRequestBody | None:
    """The whole body, if it came at once and is what the route takes."""
    if message["type"] != "http.request" or len(message["body"]) != length:
        return None
    try:
        return read_json(message["body"], kind=TokenRequestBody | None) or TokenRequestBody()
    except SwitchboardError:
        return None


def _again(message: ReceiveMessage, receive: Receive) -> Receive:
    """The same messages for whoever answers in our place."""
    read = [message]

    async def received() -> ReceiveMessage:
        return read.pop() if read else await receive()

    return received
