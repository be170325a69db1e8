"""Whoever is not the flow's own browser or principal, or is late: one answer, and the owner's state stays usable."""

import httpx
import pytest

from tests.support.browser import Page
from tests.support.postgres import behind
from tests.support.provider import StrictProvider
from tests.support.service import PUBLIC_URL, Service, Setting, a_setting, answered, refused, words_of


async def test_c01_an_unknown_state_is_invalid_state(relay: Setting) -> None:
    refused(await relay.caller.callback("http://127.0.0.1:9/?code=c&state=unknown"), 400, "invalid_state")
    refused(await relay.caller.callback("http://127.0.0.1:9/?code=c"), 400, "invalid_state")


async def test_another_principals_callback_is_refused_and_uses_nothing_up(relay: Setting) -> None:
    _, callback = await relay.relayed()
    async with relay.service.caller(organisation_id=relay.caller.organisation_id) as colleague:
        refused(await colleague.callback(callback), 400, "invalid_state")
    async with relay.service.caller() as stranger:
        refused(await stranger.callback(callback), 400, "invalid_state")
    assert not await relay.token_requests()
    answered(await relay.caller.callback(callback), 201)


async def test_c03_another_browsers_callback_is_refused_and_uses_nothing_up(page: Setting) -> None:
    started = await page.start()
    async with page.service.browser() as victim, page.service.browser() as attacker:
        callback = await page.consent(victim, started)
        stolen = await attacker.get(callback)
        assert (stolen.status, "invalid_state" in words_of(stolen)) == (400, True)
        assert not await page.token_requests()
        assert "Connected" in words_of(await victim.get(callback))


async def test_c06_a_state_of_one_app_is_refused_on_anothers_landing_page(
    page: Setting, service: Service, provider: StrictProvider
) -> None:
    async with a_setting(service, provider) as other, service.browser() as browser:
        callback = await page.consent(browser, await page.start())
        elsewhere = callback.replace(page.app["callbackUrl"], other.app["callbackUrl"])
        assert (await browser.get(elsewhere)).status == 400
        assert not await page.token_requests()
        assert "Connected" in words_of(await browser.get(callback))


async def test_a_relays_flow_does_not_finish_on_the_landing_page(relay: Setting, page: Setting) -> None:
    _, callback = await relay.relayed()
    query = httpx.URL(callback).query.decode()
    async with relay.service.browser() as browser:
        assert (await browser.get(f"{page.app['callbackUrl']}?{query}")).status == 400
    answered(await relay.caller.callback(callback), 201)


async def test_a_pages_flow_does_not_finish_through_the_api(page: Setting) -> None:
    async with page.service.browser() as browser:
        callback = await page.consent(browser, await page.start())
        refused(await page.caller.callback(callback), 400, "invalid_state")
        assert "Connected" in words_of(await browser.get(callback))


async def test_c08_a_wrong_issuer_is_refused_before_anything_is_sent(relay: Setting) -> None:
    await relay.script(iss="wrong")
    _, callback = await relay.relayed()
    refused(await relay.caller.callback(callback), 502, "provider_protocol_error")
    async with relay.service.caller() as stranger:
        refused(await stranger.callback(callback), 400, "invalid_state")
    assert not await relay.token_requests()
    mended = str(httpx.URL(callback).copy_merge_params({"iss": relay.provider.issuer}))
    answered(await relay.caller.callback(mended), 201)


async def test_c08_a_wrong_issuer_is_refused_before_the_error_is_looked_at(relay: Setting) -> None:
    await relay.script(iss="wrong", deny=True)
    async with relay.service.browser() as browser:
        started = await relay.start()
        redirect = await browser.get(started["action"]["redirect"]["url"], until=relay.is_callback)
    assert redirect.location is not None
    refused(await relay.caller.callback(redirect.location), 502, "provider_protocol_error")
    assert (await relay.caller.flow(started["flowId"]))["status"] == "started"


async def test_c08_an_absent_issuer_is_taken_where_none_is_promised(relay: Setting) -> None:
    await relay.script(iss="absent")
    _, callback = await relay.relayed()
    answered(await relay.caller.callback(callback), 201)


async def test_c11_a_repeated_parameter_is_refused_and_uses_nothing_up(relay: Setting) -> None:
    await relay.script(iss="twice")
    _, callback = await relay.relayed()
    refused(await relay.caller.callback(callback), 400, "invalid_request")
    assert not await relay.token_requests()


@pytest.mark.parametrize("parameter", ["access_token", "id_token", "response"])
async def test_c10_tokens_in_the_front_channel_are_refused(relay: Setting, parameter: str) -> None:
    _, callback = await relay.relayed()
    refused(await relay.caller.callback(f"{callback}&{parameter}=x"), 400, "invalid_request")
    answered(await relay.caller.callback(callback), 201)


async def test_c09_a_lapsed_flow_is_told_to_its_own_browser_alone(
    service: Service, page: Setting, relay: Setting
) -> None:
    started = await page.start()
    _, relayed = await relay.relayed()
    async with service.browser() as browser, service.browser() as other:
        callback = await page.consent(browser, started)
        await _let_all_flows_lapse(service)
        told = await browser.get(callback)
        assert (told.status, "took too long" in words_of(told)) == (400, True)
        assert "took too long" not in words_of(await other.get(callback))
    body = refused(await relay.caller.callback(relayed), 400, "invalid_state")
    assert "too long" not in body["message"]
    assert (await page.caller.flow(started["flowId"]))["status"] == "lapsed"
    assert not await page.token_requests()


async def test_neither_code_nor_error_is_no_answer_and_uses_nothing_up(relay: Setting) -> None:
    _, callback = await relay.relayed()
    url = httpx.URL(callback).copy_remove_param("code")
    refused(await relay.caller.callback(str(url)), 502, "provider_protocol_error")
    answered(await relay.caller.callback(callback), 201)


async def test_the_refusals_of_strangers_are_alike(relay: Setting) -> None:
    _, callback = await relay.relayed()
    async with relay.service.caller() as stranger:
        known = refused(await stranger.callback(callback), 400, "invalid_state")
        unknown = refused(await stranger.callback("http://127.0.0.1:9/?code=c&state=unknown"), 400, "invalid_state")
    for body in (known, unknown):
        body["extensions"].pop("requestId")
    assert known == unknown


async def test_a_role_that_may_not_start_flows_may_not_finish_them(relay: Setting) -> None:
    _, callback = await relay.relayed()
    async with relay.service.caller("viewer", organisation_id=relay.caller.organisation_id) as viewer:
        refused(await viewer.callback(callback), 403, "forbidden")


async def test_the_refusing_page_sends_nobody_anywhere(page: Setting) -> None:
    async with page.service.browser() as browser:
        shown: Page = await browser.get(f"{page.app['callbackUrl']}?code=c&state=unknown")
    assert shown.url.startswith(PUBLIC_URL)
    assert (shown.status, shown.location) == (400, None)


async def _let_all_flows_lapse(service: Service) -> None:
    async with behind(service.container.pool()) as connection:
        await connection.execute(
            "UPDATE flows SET expires_at = clock_timestamp() WHERE status IN ('waiting', 'started')"
        )
