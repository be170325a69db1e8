from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection, ConnectionStatus
from domain.credentials import CredentialType
from domain.errors import NotFound
from domain.ids import AppId, ConnectionId, CredentialId
from domain.lists import ListQuery
from domain.ports import ConnectionStore, CredentialRecord
from tests.contract.connecting import connect
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import LONG_AGO, an_app, an_id

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


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


async def test_a_credential_is_the_connections_record_of_it(
    connection_store: ConnectionStore, connection: Connection
) -> None:
    assert await connection_store.get_credential(
        connection.organisation_id, connection.credential_id
    ) == CredentialRecord(
        id=connection.credential_id,
        organisation_id=connection.organisation_id,
        name=connection.name,
        type=CredentialType.OAUTH2_REFRESH,
        expires_at=None,
        created_at=connection.created_at,
        updated_at=connection.updated_at,
        connection=connection,
    )


async def test_an_unknown_credential_and_another_organisations_are_not_found(
    connection_store: ConnectionStore, connection: Connection, other_organisation: Organisation
) -> None:
    for organisation_id, credential_id in [
        (connection.organisation_id, an_id(CredentialId)),
        (other_organisation.id, connection.credential_id),
    ]:
        with pytest.raises(NotFound):
            await connection_store.get_credential(organisation_id, credential_id)


async def test_a_credential_is_not_found_from_its_expiry_on(
    stores: Stores, organisation: Organisation, app: App, time: Time
) -> None:
    connection = await connect(stores, organisation, app, expires_at=datetime.now(UTC) + HOUR)
    credential = await stores.connections.get_credential(organisation.id, connection.credential_id)
    assert credential.type is CredentialType.RAW
    await time.passes(HOUR + MINUTE)
    with pytest.raises(NotFound):
        await stores.connections.get_credential(organisation.id, connection.credential_id)
    assert await stores.connections.get(organisation.id, connection.id) == connection
