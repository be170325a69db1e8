"""The main job, both ways: connection-init, consent, callback, secret in Vault, token."""

import base64

from tests.support.service import Setting, answered, words_of


async def test_a_page_flow_connects(page: Setting) -> None:
    started = await page.start()
    assert (await page.caller.flow(started["flowId"]))["status"] == "waiting"
    async with page.service.browser() as browser:
        start = await browser.get(started["action"]["redirect"]["url"])
        assert "Acme Ltd" in words_of(start)
        assert "Go on only if you started this yourself" in words_of(start)
        consent = await browser.submit(start)
        assert (await page.caller.flow(started["flowId"]))["status"] == "started"
        landed = await browser.submit(consent, button="approve")
    assert landed.status == 200
    assert "Connected" in words_of(landed)
    flow = await page.caller.flow(started["flowId"])
    assert flow["status"] == "connected"
    connection = answered(await page.caller.get(f"connections/{flow['connectionId']}"))
    assert connection["status"] == "active"
    assert connection["scopes"] == ["read", "offline_access"]


async def test_a_relay_flow_answers_201_with_the_redacted_credential(relay: Setting) -> None:
    _, callback = await relay.relayed()
    credential = answered(await relay.caller.callback(callback), 201)
    assert credential["type"] == "OAuth2Refresh"
    assert credential["organisationID"] == relay.caller.organisation_id
    assert sorted(credential["data"]) == ["authStyle", "clientID", "tokenURL"]
    assert base64.b64decode(credential["data"]["tokenURL"]).decode() == relay.provider.token_endpoint
    assert answered(await relay.caller.get(f"credentials/{credential['id']}")) == credential
