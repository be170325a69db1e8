"""Pages of a list."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.access import Organisation
from domain.ids import OrganisationId
from tests.integration.http.asking import UNKNOWN, Connected, fields
from tests.support.domain_examples import LONG_AGO
from tests.support.domain_examples import an_app as a_stored_app
from tests.support.service import Caller, Service, answered

HOW_MANY = 105


@pytest.fixture(scope="module")
async def rich(service: Service) -> AsyncIterator[Caller]:
    """An organisation with more apps than a page holds."""
    async with service.caller() as caller:
        organisation = Organisation(id=OrganisationId(caller.organisation_id), name="Rich", created_at=LONG_AGO)
        apps = service.container.apps()
        await asyncio.gather(*(apps.add(a_stored_app(organisation)) for _ in range(HOW_MANY)))
        yield caller


async def test_a_page_has_20_unless_told(rich: Caller) -> None:
    page = answered(await rich.get("apps"))
    assert page.keys() == {"totalCount", "items", "next"}
    assert (page["totalCount"], len(page["items"])) == (HOW_MANY, 20)


@pytest.mark.parametrize(("first", "given"), [("1", 1), ("100", 100), ("101", 100), ("99999999999999999999", 100)])
async def test_over_a_hundred_is_a_hundred(first: str, given: int, rich: Caller) -> None:
    assert len(answered(await rich.get("apps", first=first))["items"]) == given


@pytest.mark.parametrize("first", [7, 35, 100])
async def test_the_cursor_walks_over_all_once_and_in_order(first: int, rich: Caller) -> None:
    ids: list[str] = []
    query = {"first": str(first)}
    while True:
        page = answered(await rich.get("apps", **query))
        ids += [item["id"] for item in page["items"]]
        if "next" not in page:
            break
        query["after"] = page["next"]
    assert len(ids) == HOW_MANY
    assert ids == sorted(set(ids))


async def test_a_page_that_ends_the_list_leads_nowhere(rich: Caller) -> None:
    first = answered(await rich.get("apps", first="100"))
    rest = answered(await rich.get("apps", first="5", after=first["next"]))
    assert (len(rest["items"]), "next" in rest) == (5, False)


@pytest.mark.parametrize("cursor", ["", "x", UNKNOWN, "é", "%00", "eA=="])
@pytest.mark.parametrize("path", ["apps", "connections"])
async def test_a_cursor_that_no_page_answered_is_refused(cursor: str, path: str, acme: Caller) -> None:
    assert fields(await acme.get(path, after=cursor)) == ["after"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("apps", "sort"),
        ("apps", "before"),
        ("connections", "sort"),
        ("connections", "before"),
        ("connections", "status"),
        ("connections", "endUserId"),
    ],
)
async def test_an_order_or_filter_that_comes_later_is_not_passed_over(path: str, name: str, acme: Caller) -> None:
    assert fields(await acme.get(path, **{name: "x"})) == [name]


async def test_connections_are_listed_by_their_app(connected: Connected) -> None:
    ids, caller = connected.ids, connected.caller
    page = answered(await caller.get("connections", appId=ids["app_id"]))
    assert (page["totalCount"], [item["id"] for item in page["items"]]) == (1, [ids["connection_id"]])
    assert page["items"][0] == answered(await caller.get(f"connections/{ids['connection_id']}"))
    assert answered(await caller.get("connections", appId=UNKNOWN)) == {"totalCount": 0, "items": []}
    assert fields(await caller.get("connections", appId="x")) == ["appId"]
