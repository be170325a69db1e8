"""A body that never ends holds nobody: it is refused in the shape of all refusals, and no defect of ours."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from litestar.types import ReceiveMessage
from structlog.testing import capture_logs

from app.asgi import create_service
from tests.integration.http.asking import JSON, UNKNOWN, refused
from tests.support.service import Caller, Service

_SECONDS = 30


async def begun() -> AsyncIterator[bytes]:
    """A body of which the rest never comes."""
    yield b"{"
    await asyncio.get_running_loop().create_future()


@pytest.fixture
async def impatient(service: Service, acme: Caller) -> AsyncIterator[httpx.AsyncClient]:
    """acme, at a service that waits for a body for a moment only."""
    app = create_service(service.container, body_seconds=0.05)
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url=service.public_url, headers=acme.http.headers) as http:
        yield http


@pytest.mark.parametrize("length", [{}, {"Content-Length": "20"}], ids=["no length", "a length"])
@pytest.mark.parametrize("path", ["apps", f"connections/{UNKNOWN}/token"])
async def test_a_body_that_stops_in_the_middle_is_a_408(
    path: str, length: dict[str, str], acme: Caller, impatient: httpx.AsyncClient
) -> None:
    with capture_logs() as logs:
        async with asyncio.timeout(_SECONDS):
            answer = await impatient.post(acme.below(path), content=begun(), headers=JSON | length)
    refused(answer, 408, "request_timeout")
    assert answer.headers["Connection"] == "close"
    assert {line["log_level"] for line in logs} == {"info"}


async def test_whoever_has_no_key_is_refused_before_the_body_is_there(
    acme: Caller, impatient: httpx.AsyncClient
) -> None:
    del impatient.headers["Authorization"]
    async with asyncio.timeout(_SECONDS):
        refused(await impatient.post(acme.below("apps"), content=begun(), headers=JSON), 401, "unauthorized")


@pytest.mark.parametrize("path", ["apps", f"connections/{UNKNOWN}/token"])
async def test_a_client_that_leaves_in_the_middle_of_a_body_is_no_error_of_ours(
    path: str, service: Service, acme: Caller
) -> None:
    left: ReceiveMessage = {"type": "http.disconnect"}
    messages: list[ReceiveMessage] = [left, left, left, {"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> ReceiveMessage:
        return messages.pop()

    async def send(_: object) -> None:
        """Nobody is there any more."""

    headers = JSON | {"Authorization": acme.http.headers["Authorization"], "Content-Length": "20"}
    request = httpx.Request("POST", service.public_url + acme.below(path), headers=headers)
    scope = {
        "type": "http",
        "method": "POST",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "scheme": "http",
        "root_path": "",
    }
    with capture_logs() as logs:
        await cast("Any", create_service(service.container))(scope, receive, send)
    assert [(line["log_level"], line.get("status")) for line in logs] == [("info", 400)]
