"""What is refused where a browser looks is a page, with our code and the request id."""

import html
from typing import Any

import httpx
import pytest
from dependency_injector import providers

from domain.ports import SecretStoreUnavailable
from tests.integration.http.asking import UNKNOWN
from tests.support.service import Service

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def refused_page(response: httpx.Response, status: int, code: str) -> str:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    shown = html.unescape(response.text)
    assert f"<code>{code}</code>" in shown
    assert f"<code>{response.headers['X-Request-Id']}</code>" in shown
    return shown


@pytest.mark.parametrize(
    ("method", "path", "request_"),
    [
        ("GET", "/connect", {}),
        ("GET", "/connect?ticket=unknown", {}),
        ("GET", "/connect?ticket=%00%FF", {}),
        ("POST", "/connect", {}),
        ("POST", "/connect", {"content": b"ticket=x&token=y", "headers": FORM}),
        ("POST", "/connect", {"content": b"ticket=x&ticket=y", "headers": FORM}),
        ("POST", "/connect", {"content": b"ticket=%FF&nope=1", "headers": FORM}),
        ("POST", "/connect", {"content": b"ticket=" + b"x" * 257, "headers": FORM}),
        ("POST", "/connect", {"json": {"ticket": "x"}}),
        ("POST", "/connect", {"content": b"x" * 1_100_000, "headers": FORM}),
        ("GET", f"/connect/{UNKNOWN}", {}),
        ("GET", "/connect/malformed", {}),
        ("GET", f"/oauth2/callback/{UNKNOWN}?state=s&code=c", {}),
        ("GET", "/oauth2/callback/malformed?state=s&code=c", {}),
        ("GET", f"/oauth2/callback/{UNKNOWN}", {}),
    ],
)
async def test_whatever_is_not_ours_gets_the_one_page(
    method: str, path: str, request_: dict[str, Any], stranger: httpx.AsyncClient
) -> None:
    shown = refused_page(await stranger.request(method, path, **request_), 400, "invalid_state")
    assert "Start the connection again" in shown


@pytest.mark.parametrize("query", ["state=s&code=a&code=b", "state=s&id_token=t", "state=s&code=%0d%0a", "state=%FF"])
async def test_a_malformed_callback_is_refused_with_nothing_of_it_shown(
    query: str, stranger: httpx.AsyncClient
) -> None:
    refused_page(await stranger.get(f"/oauth2/callback/{UNKNOWN}?{query}"), 400, "invalid_request")


async def test_what_a_dependency_refuses_is_a_page_that_says_when_to_come_again(
    service: Service, stranger: httpx.AsyncClient
) -> None:
    class Unavailable:
        async def find_by_ticket(self, _: object) -> None:
            raise SecretStoreUnavailable("Vault refuses our token. Check SWITCHBOARD_VAULT_TOKEN.")

    with service.container.flows.override(providers.Object(Unavailable())):
        response = await stranger.get("/connect?ticket=x")
    shown = refused_page(response, 503, "storage_unavailable")
    assert "Vault" not in shown, "that is for whoever operates us, and in the log"
    assert int(response.headers["Retry-After"]) > 0


async def test_a_defect_is_a_page_that_says_no_more_than_its_request_id(
    service: Service, stranger: httpx.AsyncClient
) -> None:
    class Broken:
        async def find_by_ticket(self, _: object) -> None:
            raise RuntimeError("c4n4ry")

    with service.container.flows.override(providers.Object(Broken())):
        response = await stranger.get("/connect?ticket=x")
    assert "c4n4ry" not in refused_page(response, 500, "internal_error")
