"""connection-init: what can be asked for, and what is refused before anything begins."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.http.asking import UNKNOWN, an_app, an_oauth2_config, fields, refused
from tests.support.postgres import all_rows
from tests.support.service import PUBLIC_URL, Caller, Service, answered

OIDC = {"type": "oidc", "data": {"discoveryUrl": "http://127.0.0.1:1", "clientId": "c"}}


async def made(acme: Caller, **changes: Any) -> str:
    app_id: str = answered(await acme.post("apps", an_app(**changes)))["id"]
    return app_id


async def relayed(acme: Caller, **changes: Any) -> str:
    return await made(acme, relayCallbackUrl=f"https://relay.example/{acme.organisation_id}", **changes)


async def asked_of_the_provider(acme: Caller, **request: Any) -> dict[str, list[str]]:
    """The authorization request of a relay's flow, which its link is."""
    url = answered(await acme.post("connection-init", request))["action"]["redirect"]["url"]
    return parse_qs(urlsplit(url).query)


async def test_a_flow_waits_on_our_start_page(acme: Caller) -> None:
    started = answered(await acme.post("connection-init", {"appId": await made(acme), "authType": "oauth2"}))
    assert started.keys() == {"action", "flowId", "expiresAt"}
    url = started["action"]["redirect"]["url"]
    ticket = url.removeprefix(f"{PUBLIC_URL}/connect?ticket=")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", ticket)
    assert answered(await acme.get(f"connection-init/{started['flowId']}")) == {
        "flowId": started["flowId"],
        "status": "waiting",
        "expiresAt": started["expiresAt"],
    }


async def test_a_relays_flow_goes_to_the_provider_at_once(acme: Caller) -> None:
    query = await asked_of_the_provider(acme, appId=await relayed(acme), authType="oauth2")
    assert query["client_id"] == ["the-client"]
    assert query["redirect_uri"] == [f"https://relay.example/{acme.organisation_id}"]
    assert query["scope"] == ["read write"]
    assert query["code_challenge_method"] == ["S256"]


async def test_c01_ticket_state_and_flow_id_are_three_and_kept_as_hashes(service: Service, acme: Caller) -> None:
    page, relay = await made(acme), await relayed(acme)
    links = [
        answered(await acme.post("connection-init", {"appId": app_id, "authType": "oauth2"}))
        for app_id in (page, page, relay, relay)
    ]
    secrets = [
        parse_qs(urlsplit(link["action"]["redirect"]["url"]).query).get(name, [""])[0]
        for link in links
        for name in ("ticket", "state")
    ]
    sent = [secret for secret in secrets if secret]
    assert len(sent) == len(set(sent)) == 4
    assert not {link["flowId"] for link in links} & set(sent)
    rows = await all_rows(service.container.pool())
    assert not [secret for secret in sent if secret in rows]


@pytest.mark.parametrize("auth_type", ["oauth2", "OAuth2", "OAUTH2"])
async def test_types_are_matched_without_regard_to_case(auth_type: str, acme: Caller) -> None:
    answered(await acme.post("connection-init", {"appId": await made(acme), "authType": auth_type}))


async def test_oauth2_finds_an_apps_only_oidc_config(acme: Caller) -> None:
    """It was found, for its provider is asked: which does not answer."""
    app_id = await made(acme, authConfigs=[OIDC])
    for auth_type in ("oauth2", "oidc", "OIDC"):
        response = await acme.post("connection-init", {"appId": app_id, "authType": auth_type})
        refused(response, 502, "provider_unavailable")


async def test_oauth2_is_the_oauth2_config_where_there_are_both(acme: Caller) -> None:
    app_id = await made(acme, authConfigs=[OIDC, an_oauth2_config()])
    answered(await acme.post("connection-init", {"appId": app_id, "authType": "oauth2"}))
    refused(await acme.post("connection-init", {"appId": app_id, "authType": "oidc"}), 502, "provider_unavailable")


@pytest.mark.parametrize("auth_type", ["oidc", "apikey", "", "oauth", "x" * 10_000])
async def test_a_type_that_the_app_has_not_is_refused_with_those_it_has(auth_type: str, acme: Caller) -> None:
    response = await acme.post("connection-init", {"appId": await made(acme), "authType": auth_type})
    body = refused(response, 400, "invalid_request")
    assert "it has: oauth2." in body["message"]


async def test_a_config_that_cannot_work_begins_nothing_and_says_why(acme: Caller) -> None:
    app_id = await made(acme, authConfigs=[an_oauth2_config(clientId="")])
    body = refused(await acme.post("connection-init", {"appId": app_id, "authType": "oauth2"}), 400, "invalid_request")
    assert "clientId is missing" in body["message"]


async def test_an_unknown_app_is_not_found_and_a_malformed_one_is_named(acme: Caller) -> None:
    refused(await acme.post("connection-init", {"appId": UNKNOWN, "authType": "oauth2"}), 404, "not_found")
    for app_id in ("", "x", UNKNOWN.lower(), f"{UNKNOWN}x"):
        assert fields(await acme.post("connection-init", {"appId": app_id, "authType": "oauth2"})) == ["appId"]


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        ({"scopes": ["read", "admin"]}, ["scopes"]),
        ({"scopes": ["read write"]}, ["scopes"]),
        ({"scopes": [""]}, ["scopes"]),
        ({"scopes": ["openid"]}, ["scopes"]),
        ({"additionalParameters": {"prompt": "none"}}, ["additionalParameters"]),
        ({"additionalParameters": {"redirect.uri[]": "x"}}, ["additionalParameters"]),
        ({"scopes": "read"}, ["scopes"]),
        ({"returnUrl": "https://acme.example/other"}, ["returnUrl"]),
        ({"returnUrl": "https://acme.example/done/"}, ["returnUrl"]),
        ({"returnUrl": "https://acme.example/done?a=1"}, ["returnUrl"]),
        ({"returnUrl": "https://ACME.example/done"}, ["returnUrl"]),
        ({"returnUrl": ""}, ["returnUrl"]),
        ({"additionalParameters": {"state": "x"}}, ["additionalParameters"]),
        ({"additionalParameters": {"Redirect_URI": "x"}}, ["additionalParameters"]),
        ({"additionalParameters": {"response_mode": "fragment"}}, ["additionalParameters"]),
        ({"additionalParameters": {"a": 1}}, ["additionalParameters[...]"]),
        ({"endUserId": "u"}, ["endUserId"]),
        ({"name": ""}, ["name"]),
        ({"name": "x" * 257}, ["name"]),
        ({"allowAccountChange": True}, ["allowAccountChange"]),
    ],
)
async def test_what_cannot_be_asked_for_is_named(request_: dict[str, Any], named: list[str], acme: Caller) -> None:
    app_id = await made(acme, returnUrls=["https://acme.example/done"])
    response = await acme.post("connection-init", {"appId": app_id, "authType": "oauth2"} | request_)
    assert fields(response) == named
    assert ("not offer that yet" in response.json()["message"]) == ("endUserId" in named)


async def test_all_that_can_be_asked_for_reaches_the_provider(acme: Caller) -> None:
    query = await asked_of_the_provider(
        acme,
        appId=await relayed(acme, returnUrls=["https://acme.example/done"]),
        authType="oauth2",
        name="The mailbox of sales",
        scopes=["write", "write"],
        returnUrl="https://acme.example/done",
        additionalParameters={"login_hint": "a&b=é", "prompt": "login"},
        connectionId=None,
        endUserId=None,
    )
    assert (query["scope"], query["login_hint"], query["prompt"]) == (["write"], ["a&b=é"], ["login"])


async def test_no_scope_at_all_may_be_asked_for(acme: Caller) -> None:
    assert "scope" not in await asked_of_the_provider(acme, appId=await relayed(acme), authType="oauth2", scopes=[])
