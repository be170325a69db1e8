"""Narrowing by routes (C66): inside as without it, outside as if it were not there, and never widened."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.integration.http.asking import UNKNOWN, Connected, apart_from_its_request, refused
from tests.integration.http.table import EMPTY, ROUTES, Route
from tests.support.service import Caller, Service, answered

MEMBERS = ("appIds", "connectionIds", "endUserIds")

each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
each_member = pytest.mark.parametrize("member", MEMBERS)
# A narrowed owner holds what it was given: to list keys, to read its organisation. Public apps are anybody's, and all
# but those that are named are outside. What is refused to whoever is narrowed (403) has no inside.
READS = [
    route
    for route in ROUTES
    if route.method == "GET" and "owner" in route.roles and "key" not in route.path and route.path != "/v1alpha1/apps"
    if route.outside != (403, 403, 403)
]


async def a_key(http: httpx.AsyncClient, organisation_id: str, *roles: str, **only: list[str]) -> str:
    body = {"name": "narrowed", "roles": list(roles or ["owner"]), "only": only}
    made = answered(await http.post(f"/v1alpha1/organisations/{organisation_id}/api-keys", json=body), 201)
    return str(made["key"])


@pytest.fixture(scope="session")
async def outside(service: Service, connected: Connected) -> AsyncIterator[Mapping[str, httpx.AsyncClient]]:
    """For each member of ``only`` an owner's key that is narrowed to something that is not there."""
    async with AsyncExitStack() as stack:
        keys = {
            member: await a_key(connected.caller.http, connected.caller.organisation_id, **{member: [UNKNOWN]})
            for member in MEMBERS
        }
        yield {member: await stack.enter_async_context(service.http(key)) for member, key in keys.items()}


@pytest.fixture(scope="session")
async def inside(service: Service, connected: Connected) -> AsyncIterator[Caller]:
    """An owner's key, narrowed to the app and the connection that are there."""
    ids = connected.ids
    only = {"appIds": [ids["app_id"]], "connectionIds": [ids["connection_id"]]}
    key = await a_key(connected.caller.http, ids["organisation_id"], **only)
    async with service.http(key) as http:
        yield Caller(http, ids["organisation_id"])


@each_route
def test_every_route_says_what_a_narrowed_key_may(route: Route) -> None:
    assert route.outside is not None


@each_route
@each_member
async def test_what_is_outside_is_not_there(
    route: Route, member: str, outside: Mapping[str, httpx.AsyncClient], connected: Connected
) -> None:
    assert route.outside is not None
    expected = route.outside[MEMBERS.index(member)]
    response = await outside[member].request(route.method, route.url(connected.ids), json=route.json(connected.ids))
    if expected == EMPTY:
        assert answered(response) == {"totalCount": 0, "items": []}
    else:
        assert response.status_code == expected, response.text


@pytest.mark.parametrize("route", READS, ids=lambda route: route.path)
async def test_what_is_inside_reads_as_it_does_without_a_narrowing(
    route: Route, inside: Caller, connected: Connected
) -> None:
    narrowed = await inside.http.get(route.url(connected.ids))
    without = await connected.caller.http.get(route.url(connected.ids))
    assert narrowed.status_code == without.status_code
    if narrowed.status_code == httpx.codes.OK and "items" in narrowed.json():
        assert {**narrowed.json(), "items": []} == {"totalCount": len(narrowed.json()["items"]), "items": []}
        assert all(item in without.json()["items"] for item in narrowed.json()["items"])
    elif narrowed.status_code == httpx.codes.OK:
        assert narrowed.json() == without.json()


async def test_a_token_is_issued_of_a_connection_that_is_inside(inside: Caller, connected: Connected) -> None:
    answered(await inside.token(connected.ids["connection_id"], minimumValidity=0))


async def test_what_is_outside_is_told_as_what_is_unknown(
    outside: Mapping[str, httpx.AsyncClient], connected: Connected
) -> None:
    for thing in ("app", "connection", "credential"):
        path = f"{connected.caller.below(thing + 's')}/"
        there = await outside["appIds"].get(path + connected.ids[f"{thing}_id"])
        unknown = await outside["appIds"].get(path + UNKNOWN)
        refused(there, 404, "not_found")
        assert apart_from_its_request(there) == apart_from_its_request(unknown)


WIDER: tuple[dict[str, Any] | None, ...] = (
    None,
    {},
    {"appIds": ["{app_id}"]},
    {"connectionIds": ["{connection_id}"]},
    {"appIds": ["{app_id}", UNKNOWN], "connectionIds": ["{connection_id}"]},
    {"appIds": ["{app_id}"], "connectionIds": ["{connection_id}", UNKNOWN]},
    {"appIds": ["{app_id}"], "endUserIds": ["ann"]},
)


def filled(only: dict[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    return {name: [value.format(**ids) for value in values] for name, values in only.items()}


@pytest.mark.parametrize("only", WIDER, ids=str)
async def test_a_narrowed_key_makes_none_that_reaches_further(
    only: dict[str, Any] | None, inside: Caller, connected: Connected
) -> None:
    body = {"name": "wider", "roles": ["viewer"], "only": None if only is None else filled(only, connected.ids)}
    refused(await inside.post("api-keys", body), 403, "forbidden")


async def test_a_narrowed_owner_holds_the_keys_that_reach_no_further_than_itself(
    service: Service, inside: Caller, connected: Connected
) -> None:
    ids = connected.ids
    only = {"appIds": [ids["app_id"]], "connectionIds": [ids["connection_id"]], "endUserIds": ["ann"]}
    made = answered(await inside.post("api-keys", {"name": "ann's", "roles": ["viewer"], "only": only}), 201)
    assert made["only"] == only
    listed = answered(await inside.get("api-keys"))
    assert made["id"] in {key["id"] for key in listed["items"]}
    assert listed["totalCount"] == len(listed["items"])
    assert ids["key_id"] not in {key["id"] for key in listed["items"]}
    refused(await inside.get(f"api-keys/{ids['key_id']}"), 404, "not_found")
    refused(await inside.http.delete(inside.below(f"api-keys/{ids['key_id']}")), 404, "not_found")
    answered(await inside.http.delete(inside.below(f"api-keys/{made['id']}")))
    async with service.http(made["key"]) as http:
        refused(await http.get(inside.below("apps")), 401, "unauthorized")
