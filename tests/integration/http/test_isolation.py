"""Another organisation's anything is a 404, told as what is unknown is (C62, C63)."""

import pytest

from tests.integration.http.asking import UNKNOWN, Connected, apart_from_its_request, refused
from tests.integration.http.table import ROUTES, Route
from tests.support.service import Caller, answered

within = pytest.mark.parametrize(
    "route", [route for route in ROUTES if "{organisation_id" in route.path], ids=lambda route: route.path
)
with_an_id = pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.path.count("{") > 1], ids=lambda route: route.path
)


async def ask(caller: Caller, route: Route, ids: dict[str, str]) -> tuple[int, dict[str, object]]:
    response = await caller.http.request(route.method, route.url(ids), json=route.json(ids))
    refused(response, 404, "not_found")
    return apart_from_its_request(response)


@within
async def test_another_organisation_is_told_as_an_unknown_one(route: Route, acme: Caller, connected: Connected) -> None:
    theirs = await ask(acme, route, dict(connected.ids))
    unknown = dict.fromkeys(connected.ids, UNKNOWN) | {"organisation_id": "nowhere"}
    malformed = dict(connected.ids) | {"organisation_id": "no%20organisation"}
    assert theirs == await ask(acme, route, unknown) == await ask(acme, route, malformed)


@with_an_id
async def test_anothers_id_is_told_as_an_unknown_one(route: Route, acme: Caller, connected: Connected) -> None:
    mine = {"organisation_id": acme.organisation_id}
    theirs = await ask(acme, route, dict(connected.ids) | mine)
    unknown = dict.fromkeys(connected.ids, UNKNOWN) | mine
    malformed = dict.fromkeys(connected.ids, "x") | mine
    lower_case = {name: value.lower() for name, value in connected.ids.items()} | mine
    for ids in (unknown, malformed, lower_case):
        assert theirs == await ask(acme, route, ids)


async def test_a_flow_of_anothers_app_begins_as_one_of_an_unknown_app(acme: Caller, connected: Connected) -> None:
    theirs = await acme.post("connection-init", {"appId": connected.ids["app_id"], "authType": "oauth2"})
    unknown = await acme.post("connection-init", {"appId": UNKNOWN, "authType": "oauth2"})
    refused(theirs, 404, "not_found")
    assert apart_from_its_request(theirs) == apart_from_its_request(unknown)


async def test_lists_hold_nothing_of_anybody_else(acme: Caller, connected: Connected) -> None:
    nothing = {"totalCount": 0, "items": []}
    assert answered(await acme.get("apps")) == nothing
    assert answered(await acme.get("connections")) == nothing
    assert answered(await acme.get("connections", appId=connected.ids["app_id"])) == nothing
