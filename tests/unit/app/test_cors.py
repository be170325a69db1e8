"""While nobody can tell whose pages an app allows, none may read; and what is asked is answered all the same."""

from typing import Any, cast

import httpx
import pytest
from litestar.types import HTTPResponseStartEvent, Receive, Scope, Send
from structlog.testing import capture_logs

from app.http.cors import CorsMiddleware
from app.use_cases.allow_origin import AllowOrigin
from domain.errors import StorageUnavailable


async def test_a_database_that_is_down_lets_no_page_read_and_refuses_nobody() -> None:
    async def down(*_: object) -> bool:
        raise StorageUnavailable

    answer = await _asked("https://page.example", allow=down)
    assert (answer.status_code, answer.text) == (200, "an answer")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["null", "*", "https://page.example/", "https://*.example", "file://", "https://é"])
async def test_what_no_app_can_have_is_not_looked_up(origin: str) -> None:
    async def refuse(*_: object) -> bool:
        raise AssertionError("looked up")

    assert "Access-Control-Allow-Origin" not in (await _asked(origin, allow=refuse)).headers


async def _asked(origin: str, *, allow: object) -> httpx.Response:
    async def answer(_: Scope, __: Receive, send: Send) -> None:
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": b"an answer", "more_body": False})

    app = CorsMiddleware(answer, origins=(), allow=lambda: cast("AllowOrigin", allow))
    transport = httpx.ASGITransport(app=cast("Any", app))
    with capture_logs():
        async with httpx.AsyncClient(transport=transport, base_url="http://switchboard.example") as http:
            return await http.get("/v1alpha1/apps", headers={b"Origin": origin.encode()})
