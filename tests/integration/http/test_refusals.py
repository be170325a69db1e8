"""Every kind of refusal has one shape, one code of api.md's table, and a request id; nothing sent is echoed."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from tests.integration.http.asking import JSON, UNKNOWN, fields, refused
from tests.support.service import Caller

APPS = "/v1alpha1/organisations/{organisation_id}/apps"
INIT = "/v1alpha1/organisations/{organisation_id}/connection-init"
MIB = 1024 * 1024


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body without a Content-Length."""
    for _ in range(size // 65_536):
        yield b" " * 65_536
    yield b" " * (size % 65_536)


async def ask(caller: Caller, method: str, path: str, **request: Any) -> httpx.Response:
    return await caller.http.request(method, path.format(organisation_id=caller.organisation_id), **request)


@pytest.mark.parametrize("path", ["/", "/nothing", "/v1alpha1", "/v1alpha1/nothing", "/schema", "/schema/openapi.yaml"])
async def test_an_address_that_is_not_there(path: str, stranger: httpx.AsyncClient) -> None:
    refused(await stranger.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", APPS), ("PUT", INIT), ("PROPFIND", APPS), ("PATCH", "/readyz")]
)
async def test_a_method_that_is_not_taken_is_told_which_are(method: str, path: str, acme: Caller) -> None:
    """RFC 9110 §15.5.6: a 405 MUST carry Allow."""
    response = await ask(acme, method, path)
    refused(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) & {"GET", "POST"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"appId":"\xff"}',
        b'{"appId":"x","authType":"oauth2","scopes":' + b"[" * 100_000,
        b"[" * 100_000,
        "{}".encode("utf-16"),
        b"appId=x",
        b'{"appId":"\\u0000","authType":"oauth2"}',
    ],
)
async def test_a_body_that_cannot_be_read(body: bytes, acme: Caller) -> None:
    refused(await ask(acme, "POST", INIT, content=body, headers=JSON), 400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"appId":"x","authType":"oauth2","nope":1}', ["nope"]),
        (b'{"appId":"x","appId":"y","authType":"oauth2"}', ["appId"]),
        (b'{"appId":"x"}', ["authType"]),
        (b'{"appId":"x","authType":7}', ["authType"]),
        (b'{"appId":"x","authType":"oauth2","scopes":[1]}', ["scopes[0]"]),
        (b"[]", ["body"]),
        (b"", ["body"]),
    ],
)
async def test_the_member_of_a_body_that_is_wrong_is_named(body: bytes, named: list[str], acme: Caller) -> None:
    assert fields(await ask(acme, "POST", INIT, content=body, headers=JSON)) == named


@pytest.mark.parametrize("query", ["first=abc", "first=", "first=1.5", "first=%FF", "first=0"])
async def test_a_parameter_that_is_wrong_is_named(query: str, acme: Caller) -> None:
    assert fields(await ask(acme, "GET", f"{APPS}?{query}")) == ["first"]


async def test_a_body_of_one_mebibyte_is_read_and_one_more_is_not(acme: Caller) -> None:
    at_the_limit = await ask(acme, "POST", INIT, content=b"{}".ljust(MIB), headers=JSON)
    assert fields(at_the_limit) == ["appId"]
    refused(await ask(acme, "POST", INIT, content=b"{}".ljust(MIB + 1), headers=JSON), 413, "payload_too_large")


@pytest.mark.parametrize("size", [MIB + 1, 3 * MIB])
async def test_a_chunked_body_is_no_larger_either(size: int, acme: Caller) -> None:
    refused(await ask(acme, "POST", INIT, content=chunks(size), headers=JSON), 413, "payload_too_large")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "text/plain; application/json"},
        {"Content-Type": ";;;="},
    ],
)
async def test_a_body_says_that_it_is_json(headers: Mapping[str, str], acme: Caller) -> None:
    refused(await ask(acme, "POST", INIT, content=b"{}", headers=headers), 415, "unsupported_media_type")
    refused(await ask(acme, "POST", INIT, content=chunks(10), headers=headers), 415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
async def test_how_json_is_spelt_does_not_matter(content_type: str, acme: Caller) -> None:
    response = await ask(acme, "POST", INIT, content=b"{}", headers={"Content-Type": content_type})
    assert fields(response) == ["appId"]


@pytest.mark.parametrize("accept", ["application/problem+json", "text/html, application/problem+json;q=0.9"])
@pytest.mark.parametrize("refused_", [("GET", "/nothing", 404), ("POST", INIT, 400), ("GET", f"{APPS}/{UNKNOWN}", 404)])
async def test_a_problem_is_answered_to_whom_asks_for_one(
    refused_: tuple[str, str, int], accept: str, acme: Caller
) -> None:
    """RFC 9457 §3."""
    method, path, status = refused_
    response = await ask(acme, method, path, headers={"Accept": accept})
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status


@pytest.mark.parametrize("host", ["[", "[::1", "evil.example", "a:b:c", ""])
async def test_c18_whatever_the_host_header_says_nothing_is_built_from_it(host: str, acme: Caller) -> None:
    headers = {"Host": host, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    refused(await ask(acme, "GET", "/nothing", headers=headers), 404, "not_found")
    assert (await ask(acme, "GET", APPS, headers=headers)).status_code == 200


async def test_nothing_that_was_sent_is_echoed(acme: Caller) -> None:
    canary = "c4n4ry"
    body = {"appId": canary, "authType": canary, "returnUrl": canary, "additionalParameters": {"a": canary}}
    for response in (
        await ask(acme, "POST", INIT, json=body),
        await ask(acme, "POST", f"{APPS}?token={canary}", content=canary, headers=JSON),
        await ask(acme, "GET", f"{APPS}?first={canary}&after={canary}"),
        await ask(acme, "GET", APPS, headers={"Authorization": f"Bearer {canary}"}),
        await ask(acme, "GET", f"/v1alpha1/connections/oauth2/callback?state=s&code={canary}&code={canary}"),
    ):
        assert response.status_code >= 400
        assert canary not in f"{response.text}{response.headers}"


async def test_each_request_has_an_id_of_its_own(stranger: httpx.AsyncClient) -> None:
    ids = [(await stranger.get(path)).headers["X-Request-Id"] for path in ("/livez", "/nothing", "/connect", "/readyz")]
    assert len(set(ids)) == len(ids)


async def test_a_request_id_is_ours_and_not_the_callers(stranger: httpx.AsyncClient) -> None:
    response = await stranger.get("/nothing", headers={"X-Request-Id": "theirs"})
    assert response.headers["X-Request-Id"] != "theirs"


async def test_head_is_refused_like_any_method_and_options_tells_what_there_is(acme: Caller) -> None:
    head = await ask(acme, "HEAD", APPS)
    assert (head.status_code, "GET" in head.headers["Allow"]) == (405, True)
    options = await acme.http.options(f"/v1alpha1/organisations/{acme.organisation_id}/connections")
    assert (options.status_code, options.text) == (204, "")
    assert "GET" in options.headers["Allow"]
