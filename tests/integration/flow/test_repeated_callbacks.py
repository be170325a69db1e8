"""The table of repeated callbacks in api.md."""

import asyncio

import httpx

from tests.support.postgres import behind
from tests.support.service import Service, Setting, answered, refused, words_of


async def test_a_repeated_callback_answers_the_same_credential(relay: Setting) -> None:
    _, callback = await relay.relayed()
    first = answered(await relay.caller.callback(callback), 201)
    assert answered(await relay.caller.callback(callback), 201) == first
    assert len(await relay.token_requests()) == 1


async def test_c02_of_fifty_callbacks_at_once_one_is_exchanged_and_all_are_answered(relay: Setting) -> None:
    _, callback = await relay.relayed()
    answers = await asyncio.gather(*(relay.caller.callback(callback) for _ in range(50)))
    assert len({answered(answer, 201)["id"] for answer in answers}) == 1
    assert len(await relay.token_requests()) == 1


async def test_a_repeated_page_callback_shows_the_result_again(page: Setting) -> None:
    async with page.service.browser() as browser:
        callback = await page.consent(browser, await page.start())
        shown = [words_of(await browser.get(callback)) for _ in range(2)]
    assert all("Connected" in words for words in shown)
    assert len(await page.token_requests()) == 1


async def test_another_code_for_a_finished_flow_is_invalid_state(relay: Setting) -> None:
    _, callback = await relay.relayed()
    answered(await relay.caller.callback(callback), 201)
    other = str(httpx.URL(callback).copy_set_param("code", "another"))
    refused(await relay.caller.callback(other), 400, "invalid_state")


async def test_a_denial_ends_the_flow_and_is_told_again(relay: Setting) -> None:
    started = await relay.start()
    async with relay.service.browser() as browser:
        callback = await relay.consent(browser, started, button="deny")
    for _ in range(2):
        body = refused(await relay.caller.callback(callback), 400, "authorization_denied")
        assert body["extensions"]["error"] == "access_denied"
    assert await relay.caller.flow(started["flowId"]) == {
        "flowId": started["flowId"],
        "status": "failed",
        "error": "authorization_denied",
        "expiresAt": started["expiresAt"],
    }
    assert not await relay.token_requests()


async def test_after_a_denial_a_code_is_invalid_state(relay: Setting) -> None:
    started = await relay.start()
    async with relay.service.browser() as browser:
        callback = httpx.URL(await relay.consent(browser, started, button="deny"))
    refused(await relay.caller.callback(str(callback)), 400, "authorization_denied")
    with_code = callback.copy_remove_param("error").copy_set_param("code", "c")
    refused(await relay.caller.callback(str(with_code)), 400, "invalid_state")


async def test_a_failed_exchange_is_told_again_and_never_tried_again(relay: Setting) -> None:
    await relay.script(token_error="invalid_grant", token_faults_left=1)
    started, callback = await relay.relayed()
    first = refused(await relay.caller.callback(callback), 400, "provider_error")
    second = refused(await relay.caller.callback(callback), 400, "provider_error")
    assert first["extensions"]["error"] == second["extensions"]["error"] == "invalid_grant"
    assert len(await relay.token_requests()) == 1
    assert (await relay.caller.flow(started["flowId"]))["error"] == "provider_error"


async def test_a_callback_waits_for_the_first_one_that_still_runs(relay: Setting) -> None:
    await relay.script(hold_token=True)
    started, callback = await relay.relayed()
    first = asyncio.create_task(relay.caller.callback(callback))
    await relay.provider.until_held(relay.client_id)
    assert (await relay.caller.flow(started["flowId"]))["status"] == "finishing"
    second = asyncio.create_task(relay.caller.callback(callback))
    await relay.provider.release(relay.client_id)
    answers = [answered(await answer, 201) for answer in (first, second)]
    assert answers[0] == answers[1]
    assert len(await relay.token_requests()) == 1


async def test_the_flow_of_a_destroyed_connection_is_over(relay: Setting, service: Service) -> None:
    _, callback = await relay.relayed()
    credential = answered(await relay.caller.callback(callback), 201)
    async with behind(service.container.pool()) as connection:
        await connection.execute(
            "UPDATE credentials SET expires_at = clock_timestamp() WHERE id = %s", [credential["id"]]
        )
    refused(await relay.caller.callback(callback), 400, "invalid_state")
