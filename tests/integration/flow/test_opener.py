"""What the clean page tells the page that opened it: C21. What a browser does with it is in tests/browser."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest

from tests.support.browser import Page
from tests.support.provider import StrictProvider
from tests.support.service import Service, Setting, a_setting, answered

ORIGINS = ["https://acme.example", "http://127.0.0.1:3000"]


@pytest.fixture
async def opened_by(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app that registers origins."""
    async with a_setting(service, provider) as setting:
        url = setting.caller.below(f"apps/{setting.app['id']}")
        answered(await setting.caller.http.put(url, json=setting.app | {"allowedOrigins": ORIGINS}))
        yield setting


def told(page: Page) -> tuple[list[str], dict[str, Any]]:
    found = re.search(r'data-origins="([^"]*)" data-message="([^"]*)"', page.text)
    assert found is not None
    origins, message = (json.loads(unescape(part)) for part in found.groups())
    return origins, message


async def landed(setting: Setting, *, button: str = "approve") -> tuple[dict[str, Any], Page]:
    started = await setting.start()
    async with setting.service.browser() as browser:
        page = await browser.get(await setting.consent(browser, started, button=button))
    return await setting.caller.flow(started["flowId"]), page


async def test_of_a_success_the_connection_is_told_as_the_api_answers_it(opened_by: Setting) -> None:
    flow, page = await landed(opened_by)
    connection = answered(await opened_by.caller.get(f"connections/{flow['connectionId']}"))
    assert told(page) == (ORIGINS, {"success": True, "connection": connection})


async def test_c21_no_token_code_or_secret_is_told(opened_by: Setting) -> None:
    flow, page = await landed(opened_by)
    token = answered(await opened_by.caller.token(flow["connectionId"]))["access_token"]
    assert token not in page.text
    assert opened_by.client_secret not in page.text
    assert "code=" not in page.text


async def test_of_a_failure_our_code_is_told(opened_by: Setting) -> None:
    flow, page = await landed(opened_by, button="deny")
    origins, message = told(page)
    words = message.pop("message")
    assert (origins, message) == (
        ORIGINS,
        {"success": False, "code": "authorization_denied", "flowId": flow["flowId"]},
    )
    assert words.endswith(".")


async def test_without_registered_origins_nobody_is_told_and_no_script_runs(page: Setting) -> None:
    _, shown = await landed(page)
    assert "<script" not in shown.text
    assert "script-src" not in shown.headers["content-security-policy"]


async def test_the_script_is_let_in_where_it_is(opened_by: Setting) -> None:
    _, shown = await landed(opened_by)
    assert "script-src 'sha256-" in shown.headers["content-security-policy"]
    assert "cross-origin-opener-policy" not in shown.headers
