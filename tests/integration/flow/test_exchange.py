"""What a provider's token endpoint may answer, and what we make of it (security.md, hostile provider 3 and 4)."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.postgres import all_rows
from tests.support.provider import RawAnswer, StrictProvider
from tests.support.service import Service, Setting, a_setting, answered, refused

JSON = "application/json"


@pytest.mark.parametrize(
    ("script", "status", "code"),
    [
        ({"token_error": "invalid_grant"}, 400, "provider_error"),
        ({"token_error": "slow_down", "token_status": 200}, 400, "provider_error"),
        ({"token_status": 503}, 502, "provider_unavailable"),
        ({"token_status": 429}, 502, "provider_unavailable"),
        ({"drop_token_connection": "before"}, 502, "provider_unavailable"),
        ({"drop_token_connection": "after"}, 502, "provider_unavailable"),
        ({"token_redirect": True}, 502, "provider_protocol_error"),
        ({"huge": True}, 502, "provider_protocol_error"),
        ({"gzip": True}, 502, "provider_protocol_error"),
        ({"token_body": RawAnswer("text/html", "<html>Bad gateway</html>")}, 502, "provider_protocol_error"),
        ({"token_body": RawAnswer(JSON, "{}")}, 502, "provider_protocol_error"),
        ({"token_body": RawAnswer(JSON, "null")}, 502, "provider_protocol_error"),
        ({"token_body": RawAnswer(JSON, "[" * 100_000)}, 502, "provider_protocol_error"),
        ({"token_body": RawAnswer(JSON, '{"ok": false, "access_token": "a"}')}, 502, "provider_protocol_error"),
        ({"members": {"token_type": "mac"}}, 502, "provider_protocol_error"),
        ({"members": {"access_token": 123}}, 502, "provider_protocol_error"),
        ({"without": ["token_type"]}, 502, "provider_protocol_error"),
    ],
)
async def test_a_bad_answer_ends_the_flow_and_the_code_is_sent_once(
    relay: Setting, script: dict[str, Any], status: int, code: str
) -> None:
    await relay.script(**script)
    started, callback = await relay.relayed()
    refused(await relay.caller.callback(callback), status, code)
    flow = await relay.caller.flow(started["flowId"])
    assert (flow["status"], flow["error"]) == ("failed", code)
    assert len(await relay.token_requests()) == 1
    assert (await relay.provider.ledger(relay.client_id)).canary_hits == 0


@pytest.mark.parametrize(
    "script",
    [
        {"form_encoded": True},
        {"members": {"token_type": "bEARER"}},
        {"members": {"expires_in": "3600"}},
        {"without": ["expires_in"]},
        {"members": {"scope": "offline_access,read"}},
        {"token_body": RawAnswer("text/plain", '{"access_token": "abc", "token_type": "bearer"}')},
    ],
)
async def test_a_lax_answer_still_connects(relay: Setting, script: dict[str, Any]) -> None:
    await relay.script(**script)
    _, callback = await relay.relayed()
    answered(await relay.caller.callback(callback), 201)


async def test_a_grant_without_refresh_token_becomes_a_raw_credential_that_ends_with_its_token(relay: Setting) -> None:
    await relay.script(omit_refresh_token=True)
    _, callback = await relay.relayed()
    credential = answered(await relay.caller.callback(callback), 201)
    assert (credential["type"], credential["data"]) == ("Raw", {})
    assert "expiresAt" in credential


async def test_c30_narrower_scopes_are_recorded_and_no_reason_to_refuse(relay: Setting) -> None:
    await relay.script(scope="read")
    _, callback = await relay.relayed()
    answered(await relay.caller.callback(callback), 201)
    connections = answered(await relay.caller.get("connections"))
    assert connections["items"][0]["scopes"] == ["read"]


@pytest.mark.parametrize("authentication", ["client_secret_basic", "client_secret_post"])
async def test_c23_auto_finds_the_style_that_works_and_keeps_it_for_the_app(
    service: Service, provider: StrictProvider, authentication: str
) -> None:
    async with a_setting(service, provider, relay=True, client={"authentication": authentication}) as relay:
        for _ in range(2):
            _, callback = await relay.relayed()
            answered(await relay.caller.callback(callback), 201)
        tried = [seen.authentication for seen in await relay.token_requests()]
    expected = {
        "client_secret_basic": ["client_secret_basic"] * 2,
        "client_secret_post": ["client_secret_basic", "client_secret_post", "client_secret_post"],
    }
    assert tried == expected[authentication]


async def test_c23_a_set_style_is_not_departed_from(service: Service, provider: StrictProvider) -> None:
    post = {"authentication": "client_secret_post"}
    async with a_setting(service, provider, relay=True, client=post, authStyle="header") as relay:
        _, callback = await relay.relayed()
        body = refused(await relay.caller.callback(callback), 400, "provider_error")
        assert body["extensions"]["error"] == "invalid_client"
        assert len(await relay.token_requests()) == 1


async def test_a_public_client_authenticates_by_its_id_alone(service: Service, provider: StrictProvider) -> None:
    public: dict[str, Any] = {"authentication": "none", "client_secret": None}
    async with a_setting(service, provider, relay=True, client=public, clientSecret=None) as relay:
        _, callback = await relay.relayed()
        answered(await relay.caller.callback(callback), 201)


async def test_c15_without_pkce_only_where_the_app_says_so(service: Service, provider: StrictProvider) -> None:
    async with a_setting(service, provider, relay=True, client={"pkce_required": False}, pkce="none") as relay:
        started = await relay.start()
        assert "code_challenge" not in started["action"]["redirect"]["url"]
        async with service.browser() as browser:
            answered(await relay.caller.callback(await relay.consent(browser, started)), 201)


async def test_a_provider_that_cannot_be_reached_fails_the_flow(service: Service, provider: StrictProvider) -> None:
    nobody = "http://127.0.0.1:1/token"
    async with a_setting(service, provider, relay=True, tokenEndpoint=nobody) as relay:
        started, callback = await relay.relayed()
        refused(await relay.caller.callback(callback), 502, "provider_unavailable")
        assert (await relay.caller.flow(started["flowId"]))["status"] == "failed"


async def test_c13_a_providers_words_are_cut_and_cleaned(relay: Setting) -> None:
    words = "<script>\r\n\x00" + "é" * 1000
    await relay.script(authorization_error="temporarily_unavailable", authorization_error_description=words)
    started = await relay.start()
    async with relay.service.browser() as browser:
        redirect = await browser.get(started["action"]["redirect"]["url"], until=relay.is_callback)
    assert redirect.location is not None
    body = refused(await relay.caller.callback(redirect.location), 400, "provider_error")
    assert body["extensions"]["error"] == "temporarily_unavailable"
    assert body["extensions"]["errorDescription"].isprintable()
    assert len(body["extensions"]["errorDescription"]) == 500
    assert (await relay.caller.flow(started["flowId"]))["status"] == "failed"


async def test_a_provider_that_echoes_secrets_has_them_struck_out(relay: Setting, service: Service) -> None:
    _, callback = await relay.relayed()
    query = parse_qs(urlsplit(callback).query)
    secrets = [query["code"][0], query["state"][0], relay.client_secret]
    echo = {"error": "invalid_request", "error_description": f"code {secrets[0]} state {secrets[1]} key {secrets[2]}"}
    await relay.script(token_status=400, token_body=RawAnswer(JSON, json.dumps(echo)))
    for _ in range(2):
        answer = await relay.caller.callback(callback)
        refused(answer, 400, "provider_error")
        assert not [secret for secret in secrets if secret in answer.text]
    rows = await all_rows(service.container.pool())
    assert not [secret for secret in secrets if secret in rows]


async def test_a_provider_that_echoes_a_refresh_token_has_it_struck_out(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    token = (await relay.provider.ledger(relay.client_id)).grants[-1].refresh_token
    assert token is not None
    await relay.script(token_status=400, token_body=RawAnswer(JSON, json.dumps({"error": f"bad {token}"[:100]})))
    answer = await relay.caller.token(connection)
    refused(answer, 502, "provider_unavailable")
    assert token not in answer.text
    assert token[:20] not in answer.text


async def test_a_refresh_without_token_type_keeps_what_it_rotated(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(without=["token_type"], access_token_lifetime_seconds=0)
    for _ in range(2):
        assert answered(await relay.caller.token(connection))["token_type"] == "Bearer"
    assert (await relay.provider.ledger(relay.client_id)).count("refresh_token_reused") == 0


async def test_r5_a_refresh_of_another_token_type_keeps_what_it_rotated_and_issues_nothing(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(members={"token_type": "mac"})
    refused(await relay.caller.token(connection), 502, "provider_unavailable")
    await relay.script(members={})
    assert answered(await relay.caller.token(connection))["token_type"] == "Bearer"
    assert (await relay.provider.ledger(relay.client_id)).count("refresh_token_reused") == 0
