"""What is asked of an organisation with very many connections, by the name under which its plan is told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial

from adapters.postgres.offboarding import PostgresOffboardingStore
from adapters.postgres.pool import Pool
from adapters.postgres.together import MOST
from domain.connections import ConnectionStatus
from domain.ids import ConnectionId, CredentialId
from domain.lists import DEFAULT_FIRST, Edge, ListQuery, Position, Side, SortField, SortValue, read_order
from domain.narrowing import Narrowing
from domain.ports import Lease
from domain.refreshes import Presented
from domain.secret import Secret
from tests.contract.stores import Stores, postgres_stores
from tests.support.crowds import APPS, Crowd
from tests.support.domain_examples import LONG_AGO, a_grant

Question = Callable[[], Awaitable[object]]

MONTH = timedelta(days=30)
ONE_WAY = ("id:asc", "id:desc", "name:asc", "name:desc", "createdAt:asc", "createdAt:desc", "updatedAt:desc")
BATCH = 100
_AT_ONCE_OVER = 0.001
BOTH_WAYS = ("name:asc,id:desc", "name:desc,id:asc")


def questions(pool: Pool, crowd: Crowd) -> Mapping[str, Question]:
    """None of them changes what another one finds."""
    stores = postgres_stores(pool)
    batch = partial(PostgresOffboardingStore(pool).secrets_of, crowd.organisation.id, first=BATCH)
    leaving = {"what an organisation that leaves has in Vault": batch}
    return dict(_lists(stores, crowd)) | dict(_further_lists(stores, crowd)) | dict(_look_ups(stores, crowd)) | leaving


def _lists(stores: Stores, crowd: Crowd) -> Iterator[tuple[str, Question]]:
    organisation, app = crowd.organisation.id, crowd.app_id
    for sort in (*ONE_WAY, *BOTH_WAYS):
        for where, query in _queries(sort, crowd):
            yield f"connections, {sort}, {where}", partial(stores.connections.list, organisation, query)
    for where, query in _queries("id:asc", crowd):
        only = Narrowing(app_ids=frozenset({app}))
        yield (
            f"connections of an app, id:asc, {where}",
            partial(stores.connections.list, organisation, query, app_id=app),
        )
        yield (
            f"connections that need reauthorization, id:asc, {where}",
            partial(stores.connections.list, organisation, query, status=ConnectionStatus.NEEDS_REAUTHORIZATION),
        )
        yield (
            f"connections inside of an app, id:asc, {where}",
            partial(stores.connections.list, organisation, query, only=only),
        )
    for sort in ONE_WAY:
        for where, query in _queries(sort, crowd, kind="credential"):
            yield f"credentials, {sort}, {where}", partial(stores.credentials.list, organisation, query)


def _further_lists(stores: Stores, crowd: Crowd) -> Iterator[tuple[str, Question]]:
    organisation = crowd.organisation.id
    for sort in ("id:asc", "name:asc", "createdAt:desc"):
        for where, query in _queries(sort, crowd, kind="app"):
            yield f"apps, {sort}, {where}", partial(stores.apps.list, organisation, query)
            yield f"connected apps, {sort}, {where}", partial(stores.connected_apps.list, organisation, query)
            yield f"public apps, {sort}, {where}", partial(stores.apps.list_public, organisation, query)
        for where, query in _queries(sort, crowd, kind="key"):
            yield f"keys, {sort}, {where}", partial(stores.api_keys.list, organisation, query)


def _look_ups(stores: Stores, crowd: Crowd) -> Iterator[tuple[str, Question]]:
    organisation, middle = crowd.organisation.id, crowd.connections // 2
    connection, credential = ConnectionId(f"2A{middle:024}"), CredentialId(f"2B{middle:024}")
    yield "a connection", partial(stores.connections.get, organisation, connection)
    yield "a credential", partial(stores.credentials.get, organisation, credential)
    yield "a lease on a refresh", partial(stores.leases.take, organisation, connection, seconds=30)
    yield "refreshes that go together", partial(_refreshed, stores, crowd)
    yield "which tokens are due to be renewed", partial(stores.due_refreshes.take, first=DEFAULT_FIRST, seconds=60)
    yield "how late renewing is", stores.due_refreshes.seconds_late
    yield "how many grants will end", partial(stores.ending_grants.count, within=MONTH, most=DEFAULT_FIRST)
    yield "which credentials are over", partial(stores.credentials.take_due, first=DEFAULT_FIRST, seconds=60)
    yield "which credentials are unsettled", partial(stores.credentials.take_unsettled, first=DEFAULT_FIRST, seconds=60)
    yield "how late removing is", stores.credentials.seconds_late
    yield "which connections are ending", partial(stores.connection_records.take_ending, first=1, idle_seconds=60)
    yield "which flows are over", partial(stores.flows.forget_over, first=DEFAULT_FIRST)
    yield "which sealed grants wait", partial(stores.sealed_grants.take_waiting, first=DEFAULT_FIRST, seconds=60)
    yield "an app", partial(stores.apps.get, organisation, crowd.app_id)
    yield (
        "whether an app allows an origin",
        partial(stores.apps.any_allows, "https://b.example", usable_by=organisation),
    )
    yield "whose key this is", partial(stores.api_keys.find, "0" * 64)
    yield "which flow has this state", partial(stores.flows.find_by_state, Secret("no state"))
    yield "which flow has this ticket", partial(stores.flows.find_by_ticket, Secret("no ticket"))


async def _refreshed(stores: Stores, crowd: Crowd) -> None:
    """Each takes its lease, is journalled and recorded; those that ask meanwhile go to Postgres together."""

    async def one(number: int) -> None:
        connection = ConnectionId(f"2A{crowd.connections // 3 + number:024}")
        lease = await stores.leases.take(crowd.organisation.id, connection, seconds=_AT_ONCE_OVER)
        if isinstance(lease, Lease):
            version = lease.connection.secret_version
            presented = Presented(token_fingerprint="a" * 64, secret_version=version)
            await stores.leases.journal(lease, presented, seconds=_AT_ONCE_OVER)
            await stores.leases.record(lease, a_grant(), secret_version=version)

    await asyncio.gather(*map(one, range(MOST)))


def _queries(sort: str, crowd: Crowd, *, kind: str = "connection") -> Iterator[tuple[str, ListQuery]]:
    order = read_order(sort)
    middle = crowd.connections // 2 + 7 if kind in {"connection", "credential"} else APPS // 2
    begins, name = {
        "connection": ("2A", f"App {middle % APPS + 1}"),
        "credential": ("2B", f"Credential {middle}"),
        "app": ("1A", f"App {middle}"),
        "key": ("3A", f"Key {middle}"),
    }[kind]
    values: Mapping[SortField, SortValue] = {
        SortField.ID: f"{begins}{middle:024}",
        SortField.NAME: name,
        SortField.CREATED_AT: LONG_AGO + timedelta(seconds=middle),
        SortField.UPDATED_AT: LONG_AGO + timedelta(seconds=middle * 7919 % 1000003),
    }
    position: Position = tuple(values[term.field] for term in order)
    yield "first page", ListQuery(order=order)
    yield "from the middle on", ListQuery(order=order, edge=Edge(Side.AFTER, position))
    yield "back from the middle", ListQuery(order=order, edge=Edge(Side.BEFORE, position))
