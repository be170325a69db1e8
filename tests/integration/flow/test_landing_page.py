"""The landing page: where the browser goes when a flow is over."""

from urllib.parse import parse_qs, urlsplit

import httpx

from tests.support.service import PUBLIC_URL, Setting, words_of

RETURN = "http://127.0.0.1:9/done?kept=1"


def returned(url: str) -> bool:
    return url.startswith("http://127.0.0.1:9/done")


async def test_a_return_url_is_told_what_became_of_the_flow_and_no_code(page: Setting) -> None:
    started = await page.start(returnUrl=RETURN)
    async with page.service.browser() as browser:
        callback = await page.consent(browser, started)
        back = await browser.get(callback, until=returned)
    query = parse_qs(urlsplit(back.location or "").query)
    flow = await page.caller.flow(started["flowId"])
    assert query == {
        "kept": ["1"],
        "flowId": [started["flowId"]],
        "status": ["connected"],
        "connectionId": [flow["connectionId"]],
    }


async def test_a_return_url_is_told_of_a_denial(page: Setting) -> None:
    started = await page.start(returnUrl=RETURN)
    async with page.service.browser() as browser:
        callback = await page.consent(browser, started, button="deny")
        back = await browser.get(callback, until=returned)
    query = parse_qs(urlsplit(back.location or "").query)
    assert (query["status"], query["error"]) == (["failed"], ["authorization_denied"])
    assert "connectionId" not in query


async def test_c20_without_one_it_ends_on_a_clean_page(page: Setting) -> None:
    started = await page.start()
    async with page.service.browser() as browser:
        landed = await browser.get(await page.consent(browser, started))
        assert landed.url == f"{PUBLIC_URL}/connect/{started['flowId']}"
        assert (landed.status, "Connected" in words_of(landed)) == (200, True)
        assert landed.headers["referrer-policy"] == "no-referrer"
        assert landed.headers["x-request-id"] in words_of(landed)


async def test_the_clean_page_of_a_denial_says_so_with_our_code(page: Setting) -> None:
    async with page.service.browser() as browser:
        landed = await browser.get(await page.consent(browser, await page.start(), button="deny"))
    assert landed.status == 200
    assert "authorization_denied" in words_of(landed)
    assert "You refused" in words_of(landed)


async def test_the_clean_page_is_for_the_flows_own_browser_alone(page: Setting) -> None:
    async with page.service.browser() as browser, page.service.browser() as other:
        landed = await browser.get(await page.consent(browser, await page.start()))
        assert (await other.get(landed.url)).status == 400
        assert (await browser.get(landed.url)).status == 200


async def test_the_clean_page_of_a_flow_that_has_not_ended_is_refused(page: Setting) -> None:
    started = await page.start()
    async with page.service.browser() as browser:
        await page.consent(browser, started)
        assert (await browser.get(f"{PUBLIC_URL}/connect/{started['flowId']}")).status == 400


async def test_a_failed_exchange_is_told_on_the_clean_page(page: Setting) -> None:
    await page.script(token_error="invalid_client_metadata")
    async with page.service.browser() as browser:
        landed = await browser.get(await page.consent(browser, await page.start()))
    assert landed.status == 200
    assert "provider_error" in words_of(landed)
    assert "invalid_client_metadata" in words_of(landed)


async def test_a_wrong_issuer_shows_a_page_and_leaves_the_flow_open(page: Setting) -> None:
    await page.script(iss="wrong")
    started = await page.start()
    async with page.service.browser() as browser:
        callback = httpx.URL(await page.consent(browser, started))
        shown = await browser.get(str(callback))
        assert (shown.status, "provider_protocol_error" in words_of(shown)) == (502, True)
        mended = callback.copy_set_param("iss", page.provider.issuer)
        assert "Connected" in words_of(await browser.get(str(mended)))
