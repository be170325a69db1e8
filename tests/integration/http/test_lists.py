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
@pytest.mark.parametrize("sort", ["id:asc", "name:asc,id:desc", "createdAt:desc", "updatedAt:asc,name:desc"])
async def test_the_cursor_walks_over_all_once_and_in_order(first: int, sort: str, rich: Caller) -> None:
    pages = [answered(await rich.get("apps", first=str(first), sort=sort))]
    while "next" in pages[-1]:
        pages.append(answered(await rich.get("apps", first=str(first), sort=sort, after=pages[-1]["next"])))
    ids = [item["id"] for page in pages for item in page["items"]]
    assert len(ids) == HOW_MANY
    assert ids == sorted(set(ids), reverse=sort != "id:asc")
    back = [pages[-1]]
    while "prev" in back[-1]:
        back.append(answered(await rich.get("apps", first=str(first), sort=sort, before=back[-1]["prev"])))
    assert [item["id"] for page in reversed(back) for item in page["items"]] == ids


async def test_the_page_before_is_the_one_before(rich: Caller) -> None:
    first = answered(await rich.get("apps"))
    second = answered(await rich.get("apps", after=first["next"]))
    assert answered(await rich.get("apps", before=second["prev"])) == first


async def test_a_page_that_ends_the_list_leads_nowhere(rich: Caller) -> None:
    first = answered(await rich.get("apps", first="100"))
    rest = answered(await rich.get("apps", first="5", after=first["next"]))
    assert (len(rest["items"]), "next" in rest) == (5, False)


@pytest.mark.parametrize("cursor", ["", "x", UNKNOWN, "é", "%00", "eA=="])
@pytest.mark.parametrize("path", ["apps", "connections"])
@pytest.mark.parametrize("side", ["after", "before"])
async def test_a_cursor_that_no_page_answered_is_refused(cursor: str, path: str, side: str, acme: Caller) -> None:
    assert fields(await acme.get(path, **{side: cursor})) == [side]


async def test_a_cursor_of_another_list_is_refused(rich: Caller, acme: Caller) -> None:
    cursor = answered(await rich.get("apps"))["next"]
    assert fields(await acme.get("apps", after=cursor)) == ["after"]
    assert fields(await rich.get("connections", after=cursor)) == ["after"]
    assert fields(await rich.get("apps", after=cursor, sort="id:desc")) == ["after"]
    assert fields(await rich.get("apps", after=cursor, other="filter")) == ["after"]
    assert answered(await rich.get("apps", after=cursor, first="3", sort="id:asc"))["totalCount"] == HOW_MANY


async def test_both_sides_at_once_are_refused(rich: Caller) -> None:
    cursor = answered(await rich.get("apps"))["next"]
    assert fields(await rich.get("apps", after=cursor, before=cursor)) == ["before"]


@pytest.mark.parametrize("sort", ["", "name", "name:up", "email:asc", "name:asc,", "NAME:asc"])
@pytest.mark.parametrize("path", ["apps", "connections"])
async def test_an_order_that_is_none_is_refused(sort: str, path: str, acme: Caller) -> None:
    assert fields(await acme.get(path, sort=sort)) == ["sort"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("connections", "status"),
        ("connections", "endUserId"),
    ],
)
async def test_a_filter_that_comes_later_is_not_passed_over(path: str, name: str, acme: Caller) -> None:
    assert fields(await acme.get(path, **{name: "x"})) == [name]


async def test_connections_are_listed_by_their_app(connected: Connected) -> None:
    ids, caller = connected.ids, connected.caller
    page = answered(await caller.get("connections", appId=ids["app_id"]))
    assert (page["totalCount"], [item["id"] for item in page["items"]]) == (1, [ids["connection_id"]])
    assert page["items"][0] == answered(await caller.get(f"connections/{ids['connection_id']}"))
    assert answered(await caller.get("connections", appId=UNKNOWN)) == {"totalCount": 0, "items": []}
    assert fields(await caller.get("connections", appId="x")) == ["appId"]
