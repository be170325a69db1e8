"""What is answered from memory before routing is what the whole stack answers, to the byte."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any, cast

import attrs
import httpx
import pytest
from litestar.types import Receive, Scope, Send

from app.asgi import create_app, create_service
from app.http.hot_token import HotTokenMiddleware
from tests.support.metrics import tokens_issued
from tests.support.provider import StrictProvider
from tests.support.service import Service, a_setting, answered
from tests.support.waiting import until

_DIFFERS_BY_TIME = re.compile(r'"expires_in":\d+|"requestId":"[0-9a-f]{32}"')


@attrs.frozen
class Both:
    """The same service with and without its hot route, asked for one connection's token with a key of its own."""

    hot: httpx.AsyncClient
    whole: httpx.AsyncClient
    path: str
    key: str
    token: str

    async def ask(self, path: str | None = None, **request: Any) -> tuple[httpx.Response, httpx.Response]:
        headers = {"Authorization": f"Bearer {self.key}"} | request.pop("headers", {})
        method = request.pop("method", "POST")
        hot, whole = [
            await http.request(method, path or self.path, headers=headers, **request) for http in (self.hot, self.whole)
        ]
        return hot, whole


@pytest.fixture(scope="module")
async def both(service: Service, provider: StrictProvider) -> AsyncIterator[Both]:
    hot, whole = create_service(service.container), create_app(service.container)
    transports = [httpx.ASGITransport(app=cast("Any", app)) for app in (hot, whole)]
    async with (
        httpx.AsyncClient(transport=transports[0], base_url=service.public_url) as at_hot,
        httpx.AsyncClient(transport=transports[1], base_url=service.public_url) as at_whole,
        a_setting(service, provider, relay=True) as relay,
    ):
        connection = await relay.connection()
        await until(lambda: service.container.hints().heard_within(0.5))
        token = answered(await relay.caller.token(connection))["access_token"]
        key = relay.caller.http.headers["Authorization"].removeprefix("Bearer ")
        yield Both(at_hot, at_whole, relay.caller.below(f"connections/{connection}/token"), key, token)


def told(response: httpx.Response) -> tuple[int, list[tuple[str, str]], str]:
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in {"x-request-id", "allow"}]
    return response.status_code, sorted(headers), _DIFFERS_BY_TIME.sub("…", response.text)


JSON = {"Content-Type": "application/json"}
REQUESTS: dict[str, dict[str, Any]] = {
    "without a body": {},
    "a length of 0": {"headers": {"Content-Length": "0"}},
    "a length of 0, as JSON": {"headers": JSON | {"Content-Length": "0"}},
    "an empty object": {"json": {}},
    "null": {"content": b"null", "headers": JSON},
    "a validity": {"json": {"minimumValidity": 10}},
    "a validity of 0": {"json": {"minimumValidity": 0}},
    "a validity above the token's life": {"json": {"minimumValidity": 100_000}},
    "spaces in the body": {"content": b' {\n"minimumValidity" : 1 } ', "headers": JSON},
    "a key without a scheme": {"headers": {"Authorization": "KEY"}},
    "a scheme in capitals": {"headers": {"Authorization": "BEARER KEY"}},
    "spaces around the key": {"headers": {"Authorization": "Bearer   KEY"}},
    "a query": {"params": {"a": "b"}},
    "another answer preferred": {"headers": {"Accept": "application/problem+json"}},
    "a page's origin": {"headers": {"Origin": "https://page.example"}},
    "another token rejected": {"json": {"rejected": "0" * 64}},
    "a validity below 0": {"json": {"minimumValidity": -1}},
    "a validity in words": {"json": {"minimumValidity": "10"}},
    "an unknown member": {"json": {"minimum_validity": 1}},
    "a member twice": {"content": b'{"minimumValidity":1,"minimumValidity":2}', "headers": JSON},
    "no JSON": {"content": b"{", "headers": JSON},
    "no UTF-8": {"content": b"\xff", "headers": JSON},
    "a list": {"content": b"[]", "headers": JSON},
    "text": {"content": b"{}", "headers": {"Content-Type": "text/plain"}},
    "JSON with a charset": {"content": b"{}", "headers": {"Content-Type": "application/json; charset=utf-8"}},
    "a large body": {"content": b" " * 5000 + b"{}", "headers": JSON},
    "another method": {"method": "GET"},
    "no key": {"headers": {"Authorization": ""}},
    "a wrong key": {"headers": {"Authorization": "Bearer sb_wrong"}},
    "another scheme": {"headers": {"Authorization": "Basic KEY"}},
    "the key as a JWT": {"headers": {"Authorization": "JWT KEY"}},
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_both_answer_alike(name: str, both: Both) -> None:
    request = dict(REQUESTS[name])
    headers = {n: v.replace("KEY", both.key) for n, v in request.pop("headers", {}).items()}
    hot, whole = await both.ask(**request, headers=headers)
    assert told(hot) == told(whole)
    assert re.fullmatch(r"[0-9a-f]{32}", hot.headers["x-request-id"])


@pytest.mark.parametrize(
    "change",
    [
        ("/token", "/token/"),
        ("/token", "/tokens"),
        ("/connections/", "/connections//"),
        ("/organisations/", "/organisations/other"),
        ("/v1alpha1", "/V1alpha1"),
    ],
)
async def test_both_answer_alike_at_other_addresses(change: tuple[str, str], both: Both) -> None:
    hot, whole = await both.ask(both.path.replace(*change))
    assert told(hot) == told(whole)


async def test_the_rejected_token_is_renewed_behind_the_hot_route(both: Both) -> None:
    rejected = hashlib.sha256(both.token.encode()).hexdigest()
    renewed = answered(await both.hot.post(both.path, headers=bearer(both), json={"rejected": rejected}))
    hot, whole = await both.ask()
    assert told(hot) == told(whole)
    assert hot.json()["access_token"] == renewed["access_token"] != both.token


@pytest.mark.parametrize("body", [None, {}, {"minimumValidity": 10}])
async def test_a_plain_request_reaches_nothing_else(body: object, service: Service, both: Both) -> None:
    async def refuse(*_: object) -> None:
        raise AssertionError("not a hit")

    container = service.container
    hot = HotTokenMiddleware(refuse, known=container.known_principals, issue=container.issue_remembered)
    transport = httpx.ASGITransport(app=cast("Any", hot))
    async with httpx.AsyncClient(transport=transport, base_url=service.public_url) as http:
        assert answered(await http.post(both.path, headers=bearer(both), json=body))["access_token"]


async def test_of_many_who_ask_for_a_token_that_is_over_one_goes_on_to_the_whole_stack(
    service: Service, provider: StrictProvider
) -> None:
    hot, gone_on = create_service(service.container), []
    assert isinstance(hot, HotTokenMiddleware)
    whole = hot.app

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        gone_on.append(scope)
        await whole(scope, receive, send)

    hot.app = counted
    async with a_setting(service, provider, relay=True) as relay:
        connection = await relay.connection(access_token_lifetime_seconds=0)
        await until(lambda: service.container.hints().heard_within(0.5))
        answered(await relay.caller.get("connections"))  # now the key is known
        await relay.script(access_token_lifetime_seconds=7200)
        headers = dict(relay.caller.http.headers)
        transport = httpx.ASGITransport(app=cast("Any", hot))
        async with httpx.AsyncClient(transport=transport, base_url=service.public_url, headers=headers) as http:
            many = attrs.evolve(relay.caller, http=http)
            answers = await asyncio.gather(*(many.token(connection) for _ in range(20)))
    assert len({answered(answer)["access_token"] for answer in answers}) == 1
    assert len(gone_on) == 1


async def test_a_hit_is_counted_as_any_token(both: Both) -> None:
    before = tokens_issued()
    await both.ask()
    assert tokens_issued() == before + 2


def bearer(both: Both) -> dict[str, str]:
    return {"Authorization": f"Bearer {both.key}"}
