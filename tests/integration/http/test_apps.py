"""Apps: created, read and answered, their addresses judged."""

from typing import Any

import pytest

from tests.integration.http.asking import an_app, an_oauth2_config, fields, refused
from tests.support.service import PUBLIC_URL, Caller, Service, answered


async def test_an_app_is_read_as_it_was_created(acme: Caller) -> None:
    body = an_app(
        imageUrl="https://provider.example/logo.png",
        returnUrls=["https://acme.example/done?kept=1", "http://127.0.0.1:9/done"],
        schemaId="of another product",
        schema={"nested": [1, 2.5, None, {"b": "", "a": "é"}]},
        schemaMetadata=[],
    )
    made = answered(await acme.post("apps", body))
    assert answered(await acme.get(f"apps/{made['id']}")) == made
    assert made["orgId"] == acme.organisation_id
    assert made["createdAt"] == made["updatedAt"]
    kept = ("name", "public", "imageUrl", "returnUrls", "schemaId", "schema", "schemaMetadata")
    assert {name: made[name] for name in kept} == {name: body[name] for name in kept}
    assert made["server"] == {"name": "https://api.provider.example", "url": "https://api.provider.example"}
    data = dict(body["authConfigs"][0]["data"], flowType="authorization_code", authStyle="auto", pkce="S256")
    del data["clientSecret"]
    assert made["supportedAuthConfigs"] == [{"type": "oauth2", "isValid": True, "data": data}]


async def test_a_server_has_the_name_that_it_was_given(acme: Caller) -> None:
    server = {"name": "CRM", "url": "http://10.0.0.1/api"}
    assert answered(await acme.post("apps", an_app(server=server)))["server"] == server


async def test_each_app_has_a_landing_page_of_its_own(acme: Caller) -> None:
    """C06: a redirect URI for each app."""
    pages = {answered(await acme.post("apps", an_app()))["callbackUrl"] for _ in range(3)}
    assert len(pages) == 3
    assert all(page.startswith(f"{PUBLIC_URL}/oauth2/callback/") for page in pages)


async def test_a_relay_is_registered_in_place_of_our_page(acme: Caller) -> None:
    relay = f"https://relay.example/{acme.organisation_id}"
    made = answered(await acme.post("apps", an_app(relayCallbackUrl=relay)))
    assert made["relayCallbackUrl"] == relay
    assert "callbackUrl" not in made


@pytest.mark.parametrize(
    "again",
    [
        "https://relay.example/{}",
        "HTTPS://relay.example/{}",
        "https://RELAY.example/{}",
        "https://relay.example:443/{}",
    ],
)
async def test_a_relay_that_another_organisation_has_is_taken(again: str, service: Service, acme: Caller) -> None:
    answered(await acme.post("apps", an_app(relayCallbackUrl=f"https://relay.example/{acme.organisation_id}")))
    async with service.caller() as other:
        taken = await other.post("apps", an_app(relayCallbackUrl=again.format(acme.organisation_id)))
        refused(taken, 409, "callback_url_taken")
        assert answered(await other.get("apps"))["totalCount"] == 0


@pytest.mark.parametrize(
    "other", ["https://relay.example/{}/", "https://relay.example:8443/{}", "https://x.example/{}"]
)
async def test_another_path_port_or_host_is_another_relay(other: str, acme: Caller) -> None:
    for form in ("https://relay.example/{}", other):
        answered(await acme.post("apps", an_app(relayCallbackUrl=form.format(acme.organisation_id))))


@pytest.mark.parametrize(
    "relay",
    [
        "",
        "http://relay.example/x",
        "https://relay.example/?a=1",
        "https://relay.example/#f",
        "https://user@relay.example/",
        "//relay.example/",
        "javascript:alert(1)",
        "https://relay.example/" + "x" * 2048,
    ],
)
async def test_a_relay_is_https_without_query_or_fragment(relay: str, acme: Caller) -> None:
    assert fields(await acme.post("apps", an_app(relayCallbackUrl=relay))) == ["relayCallbackUrl"]


@pytest.mark.parametrize("url", ["//evil", "http://evil.example/", "https://a@evil.example/", "https://é.example/", ""])
async def test_c19_a_return_url_is_one_address(url: str, acme: Caller) -> None:
    assert fields(await acme.post("apps", an_app(returnUrls=["https://acme.example/", url]))) == ["returnUrls"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"endUsers": True}, ["endUsers"]),
        ({"provider": "github"}, ["provider"]),
        ({"provider": "github", "endUsers": True}, ["endUsers", "provider"]),
    ],
)
async def test_what_comes_later_is_refused_and_said_so(changes: dict[str, Any], named: list[str], acme: Caller) -> None:
    response = await acme.post("apps", an_app(**changes))
    assert fields(response) == named
    assert "not offer that yet" in response.json()["message"]


async def test_what_comes_later_may_be_said_as_it_is(acme: Caller) -> None:
    answered(await acme.post("apps", an_app(endUsers=False, allowedOrigins=[], provider=None)))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 257}, ["name"]),
        ({"public": "false"}, ["public"]),
        ({"server": {}}, ["server.url"]),
        ({"server": {"url": "ftp://x"}}, ["server.url"]),
        ({"server": {"url": "https://x", "nope": 1}}, ["server.nope"]),
        ({"authConfigs": {}}, ["authConfigs"]),
        ({"authConfigs": [{"type": "oauth2"}]}, ["authConfigs[0].data"]),
        ({"authConfigs": [{"type": "apikey", "data": {"name": 1}}]}, ["authConfigs.data.name"]),
        ({"authConfigs": [{"type": "", "data": {}}]}, ["authConfigs[0].type"]),
        ({"authConfigs": [an_oauth2_config(), an_oauth2_config()]}, ["authConfigs"]),
        ({"authConfigs": [an_oauth2_config(nope=1)]}, ["authConfigs.data.nope"]),
        ({"authConfigs": [an_oauth2_config(flowType=5)]}, ["authConfigs.data.flowType"]),
        ({"returnUrls": ["https://x.example"] * 51}, ["returnUrls"]),
        ({"id": "chosen"}, ["id"]),
        ({"orgId": "another"}, ["orgId"]),
        ({"callbackUrl": "https://x.example"}, ["callbackUrl"]),
    ],
)
async def test_the_member_that_is_wrong_is_named(changes: dict[str, Any], named: list[str], acme: Caller) -> None:
    assert fields(await acme.post("apps", an_app(**changes))) == named


@pytest.mark.parametrize("member", ["name", "public", "server", "authConfigs"])
async def test_a_member_that_is_required_is_missed(member: str, acme: Caller) -> None:
    body = an_app()
    del body[member]
    assert fields(await acme.post("apps", body)) == [member]


async def test_a_config_that_cannot_work_is_kept_as_invalid(acme: Caller) -> None:
    oidc = {"type": "oidc", "data": {"discoveryUrl": "https://provider.example", "clientId": "c"}}
    made = answered(await acme.post("apps", an_app(authConfigs=[an_oauth2_config(tokenEndpoint=""), oidc])))
    broken, works = made["supportedAuthConfigs"]
    assert (broken["type"], broken["isValid"], broken["reason"]) == ("oauth2", False, "tokenEndpoint is missing.")
    assert broken["data"]["clientId"] == "the-client"
    assert (works["type"], works["isValid"]) == ("oidc", True)
    assert answered(await acme.get(f"apps/{made['id']}")) == made


@pytest.mark.parametrize("levels", [60, 500, 900])
async def test_what_is_nested_deep_breaks_no_list(levels: int, acme: Caller) -> None:
    schema: list[Any] = []
    for _ in range(levels):
        schema = [schema]
    made = await acme.post("apps", an_app(schema=schema))
    if levels > 64:
        assert fields(made) == ["schema"]
    listed = answered(await acme.get("apps"))
    assert listed["items"] == ([answered(made)] if levels <= 64 else [])
