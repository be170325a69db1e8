"""What ConnectedAppStore promises."""

import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection
from domain.lists import ListQuery
from domain.narrowing import Narrowing
from domain.ports import MOST_CONNECTIONS, ConnectedAppStore
from tests.contract.connecting import connect
from tests.contract.stores import Stores
from tests.support.domain_examples import an_app


@pytest.fixture
def connected_apps(stores: Stores) -> ConnectedAppStore:
    return stores.connected_apps


async def listed(
    store: ConnectedAppStore, organisation: Organisation, query: ListQuery | None = None, **only: frozenset[str]
) -> dict[str, list[str]]:
    narrowing = Narrowing(**only)  # type: ignore[arg-type]
    page = await store.list(organisation.id, query or ListQuery(), only=narrowing)
    return {item.app.id: [connection.id for connection in item.connections] for item in page.items}


async def test_an_app_is_listed_once_with_its_connections(
    stores: Stores, connected_apps: ConnectedAppStore, organisation: Organisation, app: App, connection: Connection
) -> None:
    await stores.apps.add(an_app(organisation))  # of which there is no connection
    another = await connect(stores, organisation, app, name="Another")
    page = await connected_apps.list(organisation.id, ListQuery())
    assert (page.total, [item.app for item in page.items]) == (1, [app])
    named = [(item.id, item.name) for item in page.items[0].connections]
    assert named == sorted([(connection.id, connection.name), (another.id, "Another")])


async def test_what_is_being_deleted_is_not_listed(
    stores: Stores, connected_apps: ConnectedAppStore, organisation: Organisation, connection: Connection
) -> None:
    await stores.connection_records.begin_deleting(organisation.id, connection.id)
    assert await listed(connected_apps, organisation) == {}


async def test_another_organisations_connections_are_not_listed(
    connected_apps: ConnectedAppStore, other_organisation: Organisation, connection: Connection
) -> None:
    assert connection.organisation_id != other_organisation.id
    assert await listed(connected_apps, other_organisation) == {}


async def test_a_deleted_app_is_listed_while_it_has_connections(
    stores: Stores, connected_apps: ConnectedAppStore, organisation: Organisation, app: App, connection: Connection
) -> None:
    await stores.apps.delete(organisation.id, app.id)
    assert await listed(connected_apps, organisation) == {app.id: [connection.id]}


async def test_only_what_is_inside_of_a_narrowing_is_listed(
    stores: Stores, connected_apps: ConnectedAppStore, organisation: Organisation, app: App, connection: Connection
) -> None:
    another = await connect(stores, organisation, app)
    inside = await listed(connected_apps, organisation, connection_ids=frozenset({another.id}))
    assert inside == {app.id: [another.id]}
    assert await listed(connected_apps, organisation, app_ids=frozenset({another.id})) == {}
    assert connection.id != another.id


async def test_no_more_connections_are_named_than_the_port_says(
    stores: Stores, connected_apps: ConnectedAppStore, organisation: Organisation, app: App
) -> None:
    made = [(await connect(stores, organisation, app)).id for _ in range(MOST_CONNECTIONS + 2)]
    assert await listed(connected_apps, organisation) == {app.id: sorted(made)[:MOST_CONNECTIONS]}


async def test_apps_come_in_pages(
    stores: Stores, connected_apps: ConnectedAppStore, organisation: Organisation
) -> None:
    apps = []
    for _ in range(3):
        await stores.apps.add(app := an_app(organisation))
        apps.append(app.id)
        await connect(stores, organisation, app)
    page = await connected_apps.list(organisation.id, ListQuery(first=2))
    assert (page.total, page.more_after, [item.app.id for item in page.items]) == (3, True, sorted(apps)[:2])
