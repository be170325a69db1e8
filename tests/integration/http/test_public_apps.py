"""Public apps: a platform administrator's word, for every organisation to read and to connect to (api.md, Apps)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.integration.http.asking import UNKNOWN, an_app, an_oauth2_config, fields, refused
from tests.support.service import Caller, Service, answered


@pytest.fixture
async def administrator(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with service.http(service.admin_key.reveal()) as http:
        yield http


@pytest.fixture
async def other(service: Service) -> AsyncIterator[Caller]:
    async with service.caller() as caller:
        yield caller


@asynccontextmanager
async def a_public_app(
    administrator: httpx.AsyncClient, owner: Caller, **changes: Any
) -> AsyncIterator[dict[str, Any]]:
    """It is gone again in the end: every organisation's tests see it."""
    app = answered(await administrator.post(owner.below("apps"), json=an_app(public=True, **changes)))
    yield app
    assert (await administrator.delete(owner.below(f"apps/{app['id']}"))).status_code in {200, 404}


@pytest.fixture
async def public(administrator: httpx.AsyncClient, acme: Caller) -> AsyncIterator[dict[str, Any]]:
    """A public app of acme's."""
    async with a_public_app(administrator, acme, name="Shared") as app:
        yield app


async def listed(caller: Caller) -> list[str]:
    page = answered(await caller.http.get("/v1alpha1/apps?first=100"))
    return [app["id"] for app in page["items"]]


async def test_every_other_organisation_reads_it_without_its_secrets(
    public: dict[str, Any], acme: Caller, other: Caller
) -> None:
    assert public["public"] is True
    assert public["id"] in await listed(other)
    assert public["id"] not in await listed(acme)
    for caller in (acme, other):
        shown = await caller.http.get(f"/v1alpha1/apps/{public['id']}")
        assert answered(shown) == public
        assert "the-client-secret" not in shown.text
    assert answered(await acme.get(f"apps/{public['id']}")) == public
    refused(await other.get(f"apps/{public['id']}"), 404, "not_found")


async def test_a_private_app_is_read_here_by_nobody(acme: Caller, other: Caller) -> None:
    app = answered(await acme.post("apps", an_app()))
    for caller in (acme, other):
        refused(await caller.http.get(f"/v1alpha1/apps/{app['id']}"), 404, "not_found")
        refused(await caller.http.get(f"/v1alpha1/apps/{UNKNOWN}"), 404, "not_found")
        assert app["id"] not in await listed(caller)


async def test_nobody_else_makes_a_public_app(acme: Caller) -> None:
    refused(await acme.post("apps", an_app(public=True)), 403, "forbidden")
    assert answered(await acme.get("apps"))["totalCount"] == 0


async def test_a_platform_administrator_makes_no_private_one(administrator: httpx.AsyncClient, acme: Caller) -> None:
    refused(await administrator.post(acme.below("apps"), json=an_app()), 403, "forbidden")


@pytest.mark.parametrize("who", ["owner", "other"])
async def test_nobody_else_changes_or_deletes_it(who: str, public: dict[str, Any], acme: Caller, other: Caller) -> None:
    caller, status, code = (acme, 403, "forbidden") if who == "owner" else (other, 404, "not_found")
    for changes in ({"name": "Mine"}, {"public": False}):
        refused(await caller.http.put(caller.below(f"apps/{public['id']}"), json=an_app(**changes)), status, code)
    refused(await caller.http.delete(caller.below(f"apps/{public['id']}")), status, code)
    assert answered(await acme.get(f"apps/{public['id']}")) == public


async def test_an_owner_does_not_publish_an_app_by_replacing_it(acme: Caller) -> None:
    app = answered(await acme.post("apps", an_app()))
    refused(await acme.http.put(acme.below(f"apps/{app['id']}"), json=app | {"public": True}), 403, "forbidden")
    assert answered(await acme.get(f"apps/{app['id']}")) == app


async def test_a_platform_administrator_replaces_and_deletes_it(
    public: dict[str, Any], administrator: httpx.AsyncClient, acme: Caller, other: Caller
) -> None:
    url = acme.below(f"apps/{public['id']}")
    assert answered(await administrator.put(url, json=public | {"name": "Renamed"}))["name"] == "Renamed"
    refused(await administrator.put(url, json=public | {"name": "Renamed", "id": UNKNOWN}), 400, "invalid_request")
    assert answered(await administrator.delete(url)) == {"id": public["id"]}
    assert public["id"] not in await listed(other)
    refused(await other.http.get(f"/v1alpha1/apps/{public['id']}"), 404, "not_found")


async def test_another_organisation_begins_flows_with_it(public: dict[str, Any], other: Caller) -> None:
    started = answered(await other.post("connection-init", {"appId": public["id"], "authType": "oauth2"}))
    assert (await other.flow(started["flowId"]))["status"] == "waiting"


@pytest.mark.parametrize(
    ("config", "data", "missed"),
    [
        ({"type": "httpBasicAuth", "data": {"user": "acme", "password": "c4n4ry"}}, {}, ["data.password"]),
        ({"type": "jwtbearer", "data": {"algorithm": "HS256", "secret": "c4n4ry"}}, {}, ["data.secret"]),
        (
            an_oauth2_config(flowType="client_credentials", clientSecret="c4n4ry"),
            {"clientId": "mine"},
            ["data.clientSecret"],
        ),
    ],
)
async def test_what_it_has_for_connections_is_for_its_own_organisation_alone(
    *,
    config: dict[str, Any],
    data: dict[str, str],
    missed: list[str],
    administrator: httpx.AsyncClient,
    acme: Caller,
    other: Caller,
) -> None:
    async with a_public_app(administrator, acme, authConfigs=[config]) as app:
        request = {"name": "mine", "appId": app["id"], "authType": config["type"], "data": data}
        assert fields(await other.post("connections", request)) == missed


async def test_c07_its_client_is_not_to_be_had_with_other_endpoints(
    administrator: httpx.AsyncClient, acme: Caller, other: Caller
) -> None:
    shared = an_oauth2_config(clientId=f"shared-with-{other.organisation_id}")
    mine = an_oauth2_config(**shared["data"] | {"tokenEndpoint": "https://evil.example/token"})
    elsewhere = {name: f"https://another.example/{name}" for name in ("authorizationEndpoint", "tokenEndpoint")}
    async with a_public_app(administrator, acme, authConfigs=[shared]):
        assert fields(await other.post("apps", an_app(authConfigs=[mine]))) == ["authConfigs.data.clientId"]
        app = answered(await other.post("apps", an_app(authConfigs=[an_oauth2_config(**shared["data"] | elsewhere)])))
        replaced = await other.http.put(other.below(f"apps/{app['id']}"), json=app | {"authConfigs": [mine]})
        assert fields(replaced) == ["authConfigs.data.clientId"]
    assert answered(await other.get("apps"))["totalCount"] == 1
