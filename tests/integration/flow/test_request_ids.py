"""One request id leads from our answer to the provider's log."""

import asyncio

from prometheus_client import REGISTRY

from tests.support.service import Setting, answered


def issued_and_refreshed() -> list[float]:
    refreshed = {"outcome": "refreshed", "code": ""}
    return [
        REGISTRY.get_sample_value("switchboard_tokens_issued_total") or 0.0,
        REGISTRY.get_sample_value("switchboard_refreshes_total", refreshed) or 0.0,
    ]


async def test_a_code_is_exchanged_under_the_id_of_the_callback(relay: Setting) -> None:
    _, callback = await relay.relayed()
    answer = await relay.caller.callback(callback)
    answered(answer, 201)
    [seen] = await relay.token_requests()
    assert seen.request_id == answer.headers["X-Request-Id"]


async def test_a_refresh_that_others_join_carries_the_id_of_the_request_that_began_it(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=3600, hold_token=True)
    beginning = asyncio.create_task(relay.caller.token(connection))
    await relay.provider.until_held(relay.client_id)
    joining = asyncio.create_task(relay.caller.token(connection))
    await relay.provider.release(relay.client_id)
    await relay.script(hold_token=False)
    began, joined = await asyncio.gather(beginning, joining)
    answered(began)
    answered(joined)
    assert await relay.refreshes() == 1
    assert (await relay.token_requests())[-1].request_id == began.headers["X-Request-Id"]


async def test_tokens_and_refreshes_are_counted(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    before = issued_and_refreshed()
    for _ in range(2):
        answered(await relay.caller.token(connection))
    issued, refreshed = issued_and_refreshed()
    assert [issued, refreshed] == [before[0] + 2, before[1] + 1]
