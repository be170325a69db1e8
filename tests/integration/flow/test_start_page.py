"""The start page: an authorisation begins on our origin, in the browser that pressed the button."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.browser import Page
from tests.support.service import PUBLIC_URL, Setting, words_of


def link(started: dict[str, dict[str, dict[str, str]]]) -> str:
    return started["action"]["redirect"]["url"]


async def test_the_page_says_who_asks_for_what(page: Setting) -> None:
    async with page.service.browser() as browser:
        words = words_of(await browser.get(link(await page.start())))
    for said in ("Acme Ltd", "the tests", "Example CRM", "read", "offline_access", "Go on only if you started this"):
        assert said in words


async def test_c20_its_headers_keep_it_from_being_framed_kept_or_referred_to(page: Setting) -> None:
    async with page.service.browser() as browser:
        headers = (await browser.get(link(await page.start()))).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "form-action" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "cross-origin-opener-policy" not in headers


async def test_its_get_changes_nothing(page: Setting) -> None:
    started = await page.start()
    for _ in range(2):
        async with page.service.browser() as browser:
            await browser.get(link(started))
    assert (await page.caller.flow(started["flowId"]))["status"] == "waiting"


async def test_the_cookie_is_http_only_lax_and_of_this_flow(page: Setting) -> None:
    started = await page.start()
    async with page.service.http(None) as http:
        header = (await http.get(link(started))).headers["set-cookie"].lower()
    assert header.startswith(f"switchboard-{started['flowId']}=".lower())
    for attribute in ("httponly", "samesite=lax", "path=/"):
        assert attribute in header


async def test_c04_a_cross_site_post_begins_nothing(page: Setting) -> None:
    started = await page.start()
    async with page.service.browser() as browser:
        start = await browser.get(link(started))
        form = dict(start.form().filled_in({}, None))
        evil = Page(
            url="https://evil.example/",
            status=200,
            headers=httpx.Headers(),
            text=f"""<form method="post" action="{PUBLIC_URL}/connect"><button>Go</button>
            <input name="ticket" value="{form["ticket"]}"><input name="token" value="{form["token"]}"></form>""",
        )
        answer = await browser.submit(evil)
    assert (answer.status, "invalid_state" in words_of(answer)) == (400, True)
    assert (await page.caller.flow(started["flowId"]))["status"] == "waiting"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_a_post_that_says_it_is_cross_site_is_refused_whatever_else_it_has(
    page: Setting, headers: dict[str, str]
) -> None:
    started = await page.start()
    async with page.service.http(None) as http:
        shown = await http.get(link(started))
        form = dict(Page(PUBLIC_URL + "/connect", shown.text, 200, httpx.Headers()).form().filled_in({}, None))
        assert (await http.post("/connect", data=form, headers=headers)).status_code == 400
        assert (await page.caller.flow(started["flowId"]))["status"] == "waiting"
        assert (await http.post("/connect", data=form)).status_code == 303


async def test_a_post_without_the_cookie_or_with_anothers_token_is_refused(page: Setting) -> None:
    started, other = await page.start(), await page.start()
    async with page.service.browser() as browser, page.service.http(None) as bare:
        form = dict((await browser.get(link(started))).form().filled_in({}, None))
        assert (await bare.post("/connect", data=form)).status_code == 400
        foreign = dict((await browser.get(link(other))).form().filled_in({}, None))
        start = await browser.get(link(started))
        assert (await browser.submit(start, fields={"token": foreign["token"]})).status == 400
    assert (await page.caller.flow(started["flowId"]))["status"] == "waiting"


async def test_the_same_browser_may_press_again_and_another_is_told_to_ask_for_a_new_link(page: Setting) -> None:
    started = await page.start()
    async with page.service.browser() as browser, page.service.browser() as second:
        opened_before = await second.get(link(started))
        first = await page.consent(browser, started)
        again = await page.consent(browser, started)
        assert (await second.submit(opened_before)).status == 400
        assert (await second.get(link(started))).status == 400
        assert "Connected" in words_of(await browser.get(first))
        assert parse_qs(urlsplit(again).query)["state"] == parse_qs(urlsplit(first).query)["state"]


async def test_an_unknown_ticket_is_a_400_page(page: Setting) -> None:
    async with page.service.browser() as browser:
        for query in ("?ticket=unknown", "?ticket=", "", "?ticket=%00", "?ticket=" + "x" * 5000):
            shown = await browser.get(f"{PUBLIC_URL}/connect{query}")
            assert (shown.status, "invalid_state" in words_of(shown)) == (400, True)


@pytest.mark.parametrize(
    ("appended", "sent"),
    [("login", ["login"]), ("select_account", ["select_account"]), ("none", ["consent"]), ("", ["consent"])],
)
async def test_a_prompt_appended_to_the_link_goes_on_to_the_provider_but_none_does_not(
    page: Setting, appended: str, sent: list[str]
) -> None:
    async with page.service.browser() as browser:
        start = await browser.get(link(await page.start()) + (f"&prompt={appended}" if appended else ""))
        to_provider = await browser.submit(start, until=lambda url: url.startswith(page.provider.issuer))
    assert to_provider.location is not None
    query = parse_qs(urlsplit(to_provider.location).query)
    assert query["prompt"] == sent  # offline_access asks for consent (OpenID Connect Core §11)


async def test_c16_additional_parameters_reach_the_provider_and_override_nothing(page: Setting) -> None:
    started = await page.start(additionalParameters={"audience": "api", "hd": "example.com"})
    async with page.service.browser() as browser:
        start = await browser.get(link(started))
        to_provider = await browser.submit(start, until=lambda url: url.startswith(page.provider.issuer))
    query = parse_qs(urlsplit(to_provider.location or "").query)
    assert (query["audience"], query["hd"], query["client_id"]) == (["api"], ["example.com"], [page.client_id])


async def test_ticket_flow_id_and_state_are_three_different_values(page: Setting) -> None:
    started = await page.start()
    ticket = httpx.URL(link(started)).params["ticket"]
    async with page.service.browser() as browser:
        state = httpx.URL(await page.consent(browser, started)).params["state"]
    assert len({ticket, state, started["flowId"]}) == 3
