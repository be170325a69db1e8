"""A list that is read page by page while other programs insert and delete: none twice, none missed that was there."""

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta

import attrs
import pytest

from adapters.postgres.pool import Pool
from domain.access import Organisation
from domain.apps import App
from domain.lists import Edge, ListQuery, Side, position_of, read_order
from tests.contract.stores import Stores, postgres_stores
from tests.support.domain_examples import LONG_AGO, an_app, an_organisation

_DELETE = "DELETE FROM apps WHERE id = %(id)s"


def some_apps(organisation: Organisation, chance: random.Random) -> Iterator[App]:
    """Apps with few names and times among them, in every place of every order."""
    while True:
        times = [LONG_AGO + timedelta(seconds=chance.randrange(5)) for _ in range(2)]
        yield an_app(organisation, name=chance.choice("abé"), created_at=times[0], updated_at=times[1])


async def come_and_go(
    pool: Pool, stores: Stores, apps: Iterator[App], gone: list[App], *, until: asyncio.Event
) -> None:
    """Add one, and delete one of those that may go, or one that was added just now; and so on."""
    while not until.is_set():
        await stores.apps.add(come := next(apps))
        victim = gone.pop() if gone else come
        async with pool.connection() as connection:
            await connection.execute(_DELETE, {"id": victim.id})


async def walk(stores: Stores, organisation: Organisation, query: ListQuery, side: Side) -> list[str]:
    """The identifiers as they were met; what comes meanwhile may be met too, or not."""
    met: list[str] = []
    for _ in range(2000):
        page = await stores.apps.list(organisation.id, query)
        met += [app.id for app in page.items]
        if not page.items or not (page.more_after if side is Side.AFTER else page.more_before):
            return met
        edge = Edge(side, position_of(page.items[-1 if side is Side.AFTER else 0], query.order))
        query = attrs.evolve(query, edge=edge)
    raise AssertionError("The walk does not end.")


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("sort", ["id:asc", "name:asc,id:desc", "createdAt:desc", "updatedAt:asc,name:desc"])
async def test_a_walk_over_a_changing_list_meets_what_stays_once(postgres_pool: Pool, sort: str, side: Side) -> None:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    apps = some_apps(organisation, random.Random(sort))  # noqa: S311 - a test's data
    stay, gone = ([next(apps) for _ in range(20)] for _ in range(2))
    for app in (*stay, *gone):
        await stores.apps.add(app)
    order = read_order(sort)
    last = (await stores.apps.list(organisation.id, ListQuery(first=100, order=order))).items[-1]
    edge = None if side is Side.AFTER else Edge(side, position_of(last, order))

    is_over = asyncio.Event()
    others = [asyncio.create_task(come_and_go(postgres_pool, stores, apps, gone, until=is_over)) for _ in range(2)]
    try:
        met = await walk(stores, organisation, ListQuery(first=3, order=order, edge=edge), side)
    finally:
        is_over.set()
        await asyncio.gather(*others)
    assert len(met) == len(set(met))
    assert {app.id for app in stay} - {last.id} <= set(met)
