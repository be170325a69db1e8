"""Every list of every store: its order, its pages in both directions, what it says of what it does not show."""

from collections.abc import Awaitable, Callable

import pytest

from domain.lists import Edge, ListQuery, Side, position_of
from tests.contract.lists import (
    ORDERS,
    FilledList,
    apps_list,
    connections_by_status_list,
    connections_inside_of_an_app_list,
    connections_inside_of_apps_list,
    connections_list,
    connections_of_an_app_list,
    credentials_list,
    keys_list,
    organisations_list,
    signing_keys_list,
)
from tests.contract.stores import Stores

LISTS: dict[str, Callable[[Stores], Awaitable[FilledList]]] = {
    "apps": apps_list,
    "API keys": keys_list,
    "signing keys": signing_keys_list,
    "organisations": organisations_list,
    "connections": connections_list,
    "connections of an app": connections_of_an_app_list,
    "connections by status": connections_by_status_list,
    "connections inside of an app": connections_inside_of_an_app_list,
    "connections inside of some apps": connections_inside_of_apps_list,
    "credentials": credentials_list,
}


@pytest.fixture(params=LISTS)
async def filled(request: pytest.FixtureRequest, stores: Stores) -> FilledList:
    return await LISTS[request.param](stores)


async def test_a_list_is_in_the_order_that_is_asked_for(filled: FilledList) -> None:
    for order in ORDERS:
        page = await filled.ask(ListQuery(first=100, order=order))
        assert [item.id for item in page.items] == filled.sorted(order), order


async def test_pages_forwards_hold_all_once_and_in_order(filled: FilledList) -> None:
    for order in ORDERS:
        pages = await filled.walk(order, first=3)
        assert [id_ for page in pages for id_ in page] == filled.sorted(order), order
        assert [len(page) for page in pages] == [3, 3, 3, 1]


async def test_pages_backwards_hold_all_before_the_last_once_and_in_order(filled: FilledList) -> None:
    for order in ORDERS:
        pages = await filled.walk(order, first=4, side=Side.BEFORE)
        assert [id_ for page in reversed(pages) for id_ in page] == filled.sorted(order)[:-1], order
        assert [len(page) for page in pages] == [4, 4, 1]


async def test_a_page_knows_what_is_at_either_side_and_how_many_there_are(filled: FilledList) -> None:
    first = await filled.ask(ListQuery(first=4))
    middle = await filled.ask(ListQuery(first=4, edge=Edge(Side.AFTER, (first.items[-1].id,))))
    last = await filled.ask(ListQuery(first=4, edge=Edge(Side.AFTER, (middle.items[-1].id,))))
    assert [(page.more_before, page.more_after) for page in (first, middle, last)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert {page.total for page in (first, middle, last)} == {10}


async def test_the_page_before_is_the_one_before_in_the_same_order(filled: FilledList) -> None:
    first = await filled.ask(ListQuery(first=4))
    second = await filled.ask(ListQuery(first=4, edge=Edge(Side.AFTER, (first.items[-1].id,))))
    back = await filled.ask(ListQuery(first=4, edge=Edge(Side.BEFORE, (second.items[0].id,))))
    assert back == first


async def test_beyond_both_ends_the_page_is_empty_and_the_total_stands(filled: FilledList) -> None:
    for order in ORDERS:
        everything = await filled.ask(ListQuery(first=100, order=order))
        for side, item in ((Side.AFTER, everything.items[-1]), (Side.BEFORE, everything.items[0])):
            page = await filled.ask(ListQuery(order=order, edge=Edge(side, position_of(item, order))))
            assert (list(page.items), page.total) == ([], 10), order
            assert (page.more_before, page.more_after) == (side is Side.AFTER, side is Side.BEFORE), order
