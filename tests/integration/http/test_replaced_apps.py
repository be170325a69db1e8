"""Apps replaced: what was read can be written back, secrets stay, and go nowhere else (api.md, Apps)."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.http.asking import UNKNOWN, an_app, an_oauth2_config, fields, refused
from tests.support.service import Caller, Service, answered

READ_ONLY = ("id", "orgId", "createdAt", "callbackUrl")
CONFIGS: list[dict[str, Any]] = [
    an_oauth2_config(username="ignored", password="ignored"),
    {"type": "oidc", "data": {"discoveryUrl": "https://provider.example", "clientId": "c", "clientSecret": "s2"}},
    {"type": "APIKEY", "data": {"name": "X-Key", "in": "header"}},
    {"type": "httpBasicAuth", "data": {"user": "u", "password": "p"}},
    {"type": "jwtbearer", "data": {"algorithm": "HS256", "payload": {"a": 1}, "secret": "j", "expiresIn": "90"}},
    {
        "type": "httprefresh",
        "data": {
            "tokenEndpoint": "https://provider.example/token",
            "method": "POST",
            "tokenTTL": 60,
            "secretIn": "body",
            "headers": {"X-A": ["1", "2"]},
            "selector": "result.tok",
            "name": "Authorization",
            "in": "header",
            "prefix": "Bearer ",
        },
    },
    {"type": "custom", "data": {"function_url": "https://fn.example/run", "apiKey": "hidden"}},
]


async def put(caller: Caller, app: dict[str, Any], **changes: Any) -> Any:
    return await caller.http.put(caller.below(f"apps/{app['id']}"), json=app | changes)


async def secrets_of(service: Service, app: dict[str, Any]) -> dict[str, str]:
    path = f"{service.vault.mount}/data/{app['orgId']}/apps/{app['id']}"
    status, answer = await service.vault.as_service("GET", path)
    assert status == 200, answer
    document: dict[str, str] = answer["data"]["data"]
    return document


async def made(caller: Caller, **changes: Any) -> dict[str, Any]:
    return answered(await caller.post("apps", an_app(**changes)))


async def test_what_was_read_can_be_written_back_and_changes_nothing(service: Service, acme: Caller) -> None:
    app = await made(acme, authConfigs=CONFIGS, returnUrls=["https://a.example"], schema={"x": 1})
    before = await secrets_of(service, app)
    written = answered(await put(acme, app))
    assert written == app | {"updatedAt": written["updatedAt"]}
    assert written["updatedAt"] > app["updatedAt"]
    assert await secrets_of(service, app) == before
    assert set(before) == {
        "oauth2.client_secret",
        "oauth2.password",
        "oidc.client_secret",
        "httpBasicAuth.password",
        "jwtbearer.secret",
        "custom.data",
    }
    assert answered(await acme.get(f"apps/{app['id']}")) == written


datas = st.dictionaries(
    st.sampled_from(
        [
            "clientId",
            "tokenEndpoint",
            "authorizationEndpoint",
            "revocationEndpoint",
            "discoveryUrl",
            "clientSecret",
            "flowType",
            "name",
            "in",
            "user",
            "username",
            "password",
            "algorithm",
            "secret",
            "expiresIn",
            "prefix",
        ]
    ),
    st.sampled_from(["", "x", "header", "HS256", "90s", "https://a.example/t", "client_credentials"]),
    max_size=5,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configs=st.lists(st.tuples(st.sampled_from([each["type"] for each in CONFIGS]), datas), max_size=3))
async def test_any_app_can_be_written_back_as_it_was_read(
    configs: list[tuple[str, dict[str, str]]], service: Service, acme: Caller
) -> None:
    bodies = [{"type": config_type, "data": data} for config_type, data in dict(configs).items()]
    response = await acme.post("apps", an_app(authConfigs=bodies))
    if response.status_code == 400:
        return
    app = answered(response)
    before = await secrets_of(service, app)
    written = answered(await put(acme, app))
    assert written == app | {"updatedAt": written["updatedAt"]}
    assert await secrets_of(service, app) == before


async def test_an_app_is_replaced_whole(acme: Caller) -> None:
    app = await made(acme, imageUrl="https://a.example/x.png", returnUrls=["https://a.example"], schemaId="1")
    new = an_app(name="Renamed", server={"url": "https://b.example", "name": "B"}, allowedOrigins=["https://b.example"])
    written = answered(await acme.http.put(acme.below(f"apps/{app['id']}"), json=new))
    assert {name: written[name] for name in READ_ONLY} == {name: app[name] for name in READ_ONLY}
    assert (written["name"], written["server"], written["returnUrls"]) == ("Renamed", new["server"], [])
    assert written["allowedOrigins"] == ["https://b.example"]
    assert not {"imageUrl", "schemaId"} & written.keys()


async def test_a_secret_is_replaced_removed_or_left(service: Service, acme: Caller) -> None:
    app = await made(acme)
    for data, kept in (
        (an_oauth2_config(clientSecret="rotated"), {"oauth2.client_secret": "rotated"}),
        ({"type": "oauth2", "data": app["supportedAuthConfigs"][0]["data"]}, {"oauth2.client_secret": "rotated"}),
        (an_oauth2_config(clientSecret=None), {}),
        (an_oauth2_config(clientSecret="again"), {"oauth2.client_secret": "again"}),
        ({"type": "apikey", "data": {"name": "k", "in": "query"}}, {}),
    ):
        answered(await put(acme, app, authConfigs=[data]))
        assert await secrets_of(service, app) == kept


@pytest.mark.parametrize("named", [{"id": UNKNOWN}, {"orgId": "another"}])
async def test_identifiers_are_the_address_s(named: dict[str, str], acme: Caller) -> None:
    app = await made(acme)
    assert fields(await put(acme, app, name="Renamed", **named)) == [*named]
    assert answered(await acme.get(f"apps/{app['id']}")) == app


async def test_configs_are_missed(acme: Caller) -> None:
    app = await made(acme)
    del app["supportedAuthConfigs"]
    assert fields(await put(acme, app)) == ["authConfigs"]


@pytest.mark.parametrize("member", ["tokenEndpoint", "authorizationEndpoint", "revocationEndpoint"])
async def test_an_endpoint_at_another_origin_needs_the_secret_again(
    member: str, service: Service, acme: Caller
) -> None:
    app = await made(acme)
    config = an_oauth2_config(**{member: "https://evil.example/take"})
    del config["data"]["clientSecret"]
    assert fields(await put(acme, app, authConfigs=[config])) == [f"authConfigs.data.{member}"]
    assert answered(await acme.get(f"apps/{app['id']}")) == app
    assert await secrets_of(service, app) == {"oauth2.client_secret": "the-client-secret"}
    config["data"]["clientSecret"] = "sent again"
    answered(await put(acme, app, authConfigs=[config]))
    assert await secrets_of(service, app) == {"oauth2.client_secret": "sent again"}


async def test_an_endpoint_elsewhere_at_its_origin_needs_no_secret(acme: Caller) -> None:
    app = await made(acme)
    config = an_oauth2_config(tokenEndpoint="https://PROVIDER.example:443/v2/token")
    del config["data"]["clientSecret"]
    answered(await put(acme, app, authConfigs=[config]))


async def test_by_way_of_a_broken_config_no_secret_moves_either(acme: Caller) -> None:
    app = await made(acme)
    broken, moved = an_oauth2_config(clientId=""), an_oauth2_config(tokenEndpoint="https://evil.example/take")
    for config in (broken, moved):
        del config["data"]["clientSecret"]
    answered(await put(acme, app, authConfigs=[broken]))
    assert fields(await put(acme, app, authConfigs=[moved])) == ["authConfigs.data.tokenEndpoint"]


async def test_a_refused_relay_changes_neither_app_nor_secrets(service: Service, acme: Caller) -> None:
    relay = f"https://relay.example/{acme.organisation_id}"
    await made(acme, relayCallbackUrl=relay)
    app = await made(acme)
    taken = await put(acme, app, relayCallbackUrl=relay, authConfigs=[an_oauth2_config(clientSecret="rotated")])
    refused(taken, 409, "callback_url_taken")
    assert answered(await acme.get(f"apps/{app['id']}")) == app
    assert await secrets_of(service, app) == {"oauth2.client_secret": "the-client-secret"}
    answered(await put(acme, app, name="Renamed"))


async def test_of_changes_at_once_the_app_has_one_with_its_secrets(service: Service, acme: Caller) -> None:
    app = await made(acme)
    changes = [{"name": f"n{i}", "authConfigs": [an_oauth2_config(clientSecret=f"n{i}")]} for i in range(4)]
    for response in await asyncio.gather(*(put(acme, app, **change) for change in changes)):
        assert response.status_code in {200, 503}
    name = answered(await acme.get(f"apps/{app['id']}"))["name"]
    assert await secrets_of(service, app) == {"oauth2.client_secret": name}


async def test_a_deleted_app_is_gone_for_readers(acme: Caller) -> None:
    app = await made(acme)
    deleted = await acme.http.delete(acme.below(f"apps/{app['id']}"))
    assert answered(deleted) == {"id": app["id"]}
    for response in (
        await acme.get(f"apps/{app['id']}"),
        await put(acme, app),
        await acme.http.delete(acme.below(f"apps/{app['id']}")),
        await acme.post("connection-init", {"appId": app["id"], "authType": "oauth2"}),
    ):
        refused(response, 404, "not_found")
    assert answered(await acme.get("apps"))["totalCount"] == 0
