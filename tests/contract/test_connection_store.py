import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection, ConnectionStatus
from domain.errors import NotFound
from domain.ids import AppId, ConnectionId
from domain.lists import ListQuery
from domain.ports import ConnectionStore
from tests.contract.connecting import connect
from tests.contract.stores import Stores
from tests.support.domain_examples import LONG_AGO, an_app, an_id


async def test_a_connection_reads_back_as_it_was_recorded(stores: Stores, organisation: Organisation, app: App) -> None:
    connection = await connect(
        stores,
        organisation,
        app,
        name="Ünïcode ✓",
        status=ConnectionStatus.NEEDS_REAUTHORIZATION,
        status_reason="invalid_grant",
        scopes=("write", "read"),
        token_expires_at=None,
        last_refreshed_at=LONG_AGO,
        secret_version=2**40,
    )
    assert await stores.connections.get(organisation.id, connection.id) == connection


async def test_an_unknown_connection_and_another_organisations_are_not_found(
    connection_store: ConnectionStore, connection: Connection, other_organisation: Organisation
) -> None:
    for organisation_id, connection_id in [
        (connection.organisation_id, an_id(ConnectionId)),
        (other_organisation.id, connection.id),
    ]:
        with pytest.raises(NotFound):
            await connection_store.get(organisation_id, connection_id)


async def test_a_list_of_one_app_is_that_apps_alone(stores: Stores, organisation: Organisation, app: App) -> None:
    await stores.apps.add(another := an_app(organisation))
    of_app = await connect(stores, organisation, app)
    await connect(stores, organisation, another)
    page = await stores.connections.list(organisation.id, ListQuery(first=10), app_id=app.id)
    assert (list(page.items), page.total) == ([of_app], 1)


async def test_no_app_and_anothers_app_have_no_connections(
    connection_store: ConnectionStore, connection: Connection, other_organisation: Organisation
) -> None:
    mine, theirs = connection.organisation_id, other_organisation.id
    no_such_app = await connection_store.list(mine, ListQuery(), app_id=an_id(AppId))
    of_another = await connection_store.list(theirs, ListQuery(), app_id=connection.app_id)
    assert (list(no_such_app.items), no_such_app.total) == ([], 0)
    assert (list(of_another.items), of_another.total) == ([], 0)
