"""Any store's list, as the suite of lists asks it: some items that it has, and how to have more and fewer."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import attrs

from domain.connections import Connection, ConnectionStatus
from domain.ids import AppId
from domain.lists import Edge, Listed, ListQuery, Order, Page, Side, SortField, SortTerm, position_of, total_order
from domain.narrowing import Narrowing
from tests.contract.connecting import connect
from tests.contract.leasing import ended
from tests.contract.stores import Stores
from tests.support.domain_examples import LONG_AGO, a_signing_key, an_api_key, an_app, an_id, an_organisation

NAMES = ("b", "a", "B", "é", "z", "a", "", "aa", "😀", "a")
"""Some are the same; by code point upper case comes first, and what is not ASCII last."""

ORDERS: Sequence[Order] = [
    total_order([SortTerm(field, descending)]) for field, descending in product(SortField, (False, True))
] + [
    (SortTerm(SortField.NAME), SortTerm(SortField.ID, descending=True)),
    (SortTerm(SortField.NAME, descending=True), SortTerm(SortField.ID)),
    (SortTerm(SortField.UPDATED_AT, descending=True), SortTerm(SortField.NAME), SortTerm(SortField.ID)),
    (SortTerm(SortField.NAME), SortTerm(SortField.CREATED_AT, descending=True), SortTerm(SortField.ID)),
]


@attrs.frozen
class FilledList:
    """A list of ten items, whose names and times are partly the same."""

    items: Sequence[Listed]
    ask: Callable[[ListQuery], Coroutine[Any, Any, Page[Listed]]]

    def sorted(self, order: Order) -> Sequence[str]:
        """The identifiers in this order, by Python's own sorting."""
        items = list(self.items)
        for index in reversed(range(len(order))):
            items.sort(key=lambda item: position_of(item, order)[index], reverse=order[index].descending)
        return [item.id for item in items]

    async def walk(self, order: Order, *, first: int, side: Side = Side.AFTER) -> Sequence[Sequence[str]]:
        """The identifiers page by page, from one end to the other; ``before``: from the last page to the first."""
        page = await self.ask(ListQuery(first=first, order=order))
        if side is Side.BEFORE:
            last = await self.ask(ListQuery(first=100, order=order))
            page = await self.ask(
                ListQuery(first=first, order=order, edge=Edge(side, position_of(last.items[-1], order)))
            )
        pages = [[item.id for item in page.items]]
        while page.more_after if side is Side.AFTER else page.more_before:
            edge = Edge(side, position_of(page.items[-1 if side is Side.AFTER else 0], order))
            page = await self.ask(ListQuery(first=first, order=order, edge=edge))
            pages.append([item.id for item in page.items])
        return pages


async def apps_list(stores: Stores) -> FilledList:
    organisation, other = an_organisation(), an_organisation()
    await stores.organisations.add(organisation)
    await stores.organisations.add(other)
    apps = [an_app(organisation, name=name, **_times(index)) for index, name in enumerate(NAMES)]
    for app in (*apps, an_app(other)):
        await stores.apps.add(app)
    return FilledList(apps, lambda query: stores.apps.list(organisation.id, query))


async def keys_list(stores: Stores) -> FilledList:
    organisation, other = an_organisation(), an_organisation()
    await stores.organisations.add(organisation)
    await stores.organisations.add(other)
    keys = [an_api_key(organisation, name=name, **_created(index)) for index, name in enumerate(NAMES)]
    for key in (*keys, an_api_key(other)):
        await stores.api_keys.add(key)
    return FilledList(keys, lambda query: stores.api_keys.list(organisation.id, query))


async def signing_keys_list(stores: Stores) -> FilledList:
    organisation, other = an_organisation(), an_organisation()
    await stores.organisations.add(organisation)
    await stores.organisations.add(other)
    keys = [a_signing_key(organisation, name=name, **_created(index)) for index, name in enumerate(NAMES)]
    for key in (*keys, a_signing_key(other)):
        await stores.signing_keys.add(key)
    return FilledList(keys, lambda query: stores.signing_keys.list(organisation.id, query))


async def organisations_list(stores: Stores) -> FilledList:
    organisations = [an_organisation(name=name, **_created(index)) for index, name in enumerate(NAMES)]
    for organisation in organisations:
        await stores.organisations.add(organisation)
    return FilledList(organisations, stores.organisations.list)


async def connections_list(stores: Stores) -> FilledList:
    return await _connections(stores, of_one_app=False)


async def connections_of_an_app_list(stores: Stores) -> FilledList:
    return await _connections(stores, of_one_app=True)


async def connections_inside_of_an_app_list(stores: Stores) -> FilledList:
    return await _narrowed(stores, lambda item: Narrowing(app_ids=frozenset({item.app_id})))


async def connections_inside_of_apps_list(stores: Stores) -> FilledList:
    return await _narrowed(stores, lambda item: Narrowing(app_ids=frozenset({item.app_id, an_id(AppId)})))


async def connections_by_status_list(stores: Stores) -> FilledList:
    filled = await _connections(stores, of_one_app=False)
    one = _connections_of(filled)[0]
    organisation = await stores.organisations.get(one.organisation_id)
    over = await connect(stores, organisation, await stores.apps.get(organisation.id, one.app_id))
    await ended(stores.leases, over)
    return FilledList(
        filled.items,
        lambda query: stores.connections.list(organisation.id, query, status=ConnectionStatus.ACTIVE),
    )


async def _narrowed(stores: Stores, only: Callable[[Connection], Narrowing]) -> FilledList:
    filled = await _connections(stores, of_one_app=True)
    one = _connections_of(filled)[0]
    return FilledList(filled.items, lambda query: stores.connections.list(one.organisation_id, query, only=only(one)))


def _connections_of(filled: FilledList) -> Sequence[Connection]:
    return [each for each in filled.items if isinstance(each, Connection)]


async def credentials_list(stores: Stores) -> FilledList:
    """Of connections: what else there is takes its times from the clock."""
    connections = _connections_of(await _connections(stores, of_one_app=False))
    organisation_id = connections[0].organisation_id
    items = [await stores.credentials.get(organisation_id, each.credential_id) for each in connections]
    return FilledList(items, lambda query: stores.credentials.list(organisation_id, query))


async def _connections(stores: Stores, *, of_one_app: bool) -> FilledList:
    organisation, other = an_organisation(), an_organisation()
    for each in (organisation, other):
        await stores.organisations.add(each)
    app, another, others = an_app(organisation), an_app(organisation), an_app(other)
    for each_app in (app, another, others):
        await stores.apps.add(each_app)
    items = [await connect(stores, organisation, app, name=name, **_times(index)) for index, name in enumerate(NAMES)]
    await connect(stores, other, others)
    if not of_one_app:
        return FilledList(items, lambda query: stores.connections.list(organisation.id, query))
    await connect(stores, organisation, another)
    return FilledList(items, lambda query: stores.connections.list(organisation.id, query, app_id=app.id))


def _times(index: int) -> dict[str, Any]:
    """Two times of each kind are the same, a microsecond is a difference."""
    return {
        "created_at": LONG_AGO + timedelta(microseconds=index // 2),
        "updated_at": LONG_AGO + timedelta(days=index % 4),
    }


def _created(index: int) -> dict[str, Any]:
    return {"created_at": _times(index)["created_at"]}
