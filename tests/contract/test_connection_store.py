import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection, ConnectionStatus
from domain.credentials import CredentialType
from domain.errors import NotFound
from domain.flows import FlowStatus
from domain.ids import AppId, ConnectionId, CredentialId
from domain.ports import ConnectionStore, CredentialRecord
from tests.contract.flow_steps import KeptFlow
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import (
    LONG_AGO,
    a_connection,
    a_grant,
    a_new_connection,
    a_relay_flow,
    an_app,
    an_id,
)

HOUR = timedelta(hours=1)


async def connect(
    stores: Stores, organisation: Organisation, app: App, *, expires_at: datetime | None = None, **members: object
) -> Connection:
    """A connection of the app, as a flow records it."""
    flow = await stores.flows.add(a_relay_flow(organisation, app), seconds_to_live=600)
    await KeptFlow(stores.flows, flow).claim()
    new = a_new_connection(
        flow,
        connection=a_connection(flow, **members),
        credential_type=CredentialType.OAUTH2_REFRESH if expires_at is None else CredentialType.RAW,
        credential_expires_at=expires_at,
    )
    await stores.flows.record_connected(flow.id, new)
    assert (await stores.flows.get(organisation.id, flow.id)).status is FlowStatus.CONNECTED
    return new.connection


@pytest.fixture
async def connection(stores: Stores, organisation: Organisation, app: App) -> Connection:
    """An active one, its grant at version 3."""
    return await connect(stores, organisation, app, secret_version=3)


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


async def test_a_list_is_by_identifier_page_by_page(
    stores: Stores, organisation: Organisation, app: App, other_organisation: Organisation
) -> None:
    await stores.apps.add(others := an_app(other_organisation))
    await connect(stores, other_organisation, others)
    connections = [await connect(stores, organisation, app) for _ in range(5)]
    expected = sorted(connections, key=lambda connection: connection.id)
    store = stores.connections
    first = await store.list(organisation.id, first=2, after=None, app_id=None)
    second = await store.list(organisation.id, first=2, after=first.items[-1].id, app_id=None)
    third = await store.list(organisation.id, first=2, after=second.items[-1].id, app_id=app.id)
    assert [*first.items, *second.items, *third.items] == expected
    assert [len(page.items) for page in (first, second, third)] == [2, 2, 1]
    assert {page.total for page in (first, second, third)} == {5}


async def test_a_list_of_one_app_is_that_apps_alone(stores: Stores, organisation: Organisation, app: App) -> None:
    await stores.apps.add(another := an_app(organisation))
    of_app = await connect(stores, organisation, app)
    await connect(stores, organisation, another)
    page = await stores.connections.list(organisation.id, first=10, after=None, app_id=app.id)
    assert (list(page.items), page.total) == ([of_app], 1)


async def test_where_nothing_follows_the_page_is_empty_and_the_total_stands(
    connection_store: ConnectionStore, connection: Connection, other_organisation: Organisation
) -> None:
    mine, theirs = connection.organisation_id, other_organisation.id
    behind = await connection_store.list(mine, first=10, after=connection.id, app_id=None)
    no_such_app = await connection_store.list(mine, first=10, after=None, app_id=an_id(AppId))
    of_another = await connection_store.list(theirs, first=10, after=None, app_id=connection.app_id)
    assert (list(behind.items), behind.total) == ([], 1)
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
    await time.passes(HOUR)
    with pytest.raises(NotFound):
        await stores.connections.get_credential(organisation.id, connection.credential_id)
    assert await stores.connections.get(organisation.id, connection.id) == connection


@pytest.mark.parametrize("version", [3, 4])
async def test_a_refresh_is_recorded_with_its_expiry_scopes_version_and_time(
    connection_store: ConnectionStore, connection: Connection, version: int
) -> None:
    grant = a_grant(expires_at=datetime.now(UTC) + HOUR, scope="b  a")
    await connection_store.record_refreshed(connection.id, grant, secret_version=version)
    recorded = await connection_store.get(connection.organisation_id, connection.id)
    assert recorded == attrs.evolve(
        connection,
        token_expires_at=grant.expires_at,
        scopes=("b", "a"),
        secret_version=version,
        last_refreshed_at=recorded.last_refreshed_at,
        updated_at=recorded.updated_at,
    )
    assert recorded.last_refreshed_at is not None
    assert abs(recorded.last_refreshed_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert abs(recorded.updated_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_grant_whose_end_is_not_known_and_without_scopes_is_recorded_so(
    connection_store: ConnectionStore, connection: Connection
) -> None:
    await connection_store.record_refreshed(connection.id, a_grant(expires_at=None, scope=""), secret_version=4)
    recorded = await connection_store.get(connection.organisation_id, connection.id)
    assert (recorded.token_expires_at, recorded.scopes) == (None, ())


async def test_a_refresh_older_than_the_recorded_one_changes_nothing(
    connection_store: ConnectionStore, connection: Connection
) -> None:
    await connection_store.record_refreshed(connection.id, a_grant(), secret_version=2)
    assert await connection_store.get(connection.organisation_id, connection.id) == connection


async def test_of_refreshes_recorded_at_once_the_newest_stays(
    connection_store: ConnectionStore, connection: Connection
) -> None:
    grants = {version: a_grant(scope=f"scope-{version}") for version in range(4, 24)}
    await asyncio.gather(
        *(
            connection_store.record_refreshed(connection.id, grant, secret_version=version)
            for version, grant in reversed(grants.items())
        )
    )
    recorded = await connection_store.get(connection.organisation_id, connection.id)
    assert (recorded.secret_version, recorded.scopes) == (23, ("scope-23",))


@pytest.mark.parametrize("version", [3, 4])
async def test_a_connection_whose_grant_ended_needs_reauthorization_and_says_why(
    connection_store: ConnectionStore, connection: Connection, version: int
) -> None:
    await connection_store.record_grant_ended(connection.id, reason="invalid_grant", secret_version=version)
    recorded = await connection_store.get(connection.organisation_id, connection.id)
    assert recorded == attrs.evolve(
        connection,
        status=ConnectionStatus.NEEDS_REAUTHORIZATION,
        status_reason="invalid_grant",
        updated_at=recorded.updated_at,
    )
    assert abs(recorded.updated_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_the_end_of_an_older_grant_than_the_recorded_one_changes_nothing(
    connection_store: ConnectionStore, connection: Connection
) -> None:
    await connection_store.record_grant_ended(connection.id, reason="invalid_grant", secret_version=2)
    assert await connection_store.get(connection.organisation_id, connection.id) == connection


async def test_after_its_grants_end_nothing_changes_a_connection(
    connection_store: ConnectionStore, connection: Connection
) -> None:
    await connection_store.record_grant_ended(connection.id, reason="invalid_grant", secret_version=3)
    before = await connection_store.get(connection.organisation_id, connection.id)
    await connection_store.record_refreshed(connection.id, a_grant(), secret_version=9)
    await connection_store.record_grant_ended(connection.id, reason="another", secret_version=9)
    assert await connection_store.get(connection.organisation_id, connection.id) == before


async def test_what_is_recorded_for_one_connection_changes_no_other(
    stores: Stores, organisation: Organisation, app: App, connection: Connection
) -> None:
    another = await connect(stores, organisation, app)
    await stores.connections.record_refreshed(another.id, a_grant(), secret_version=9)
    await stores.connections.record_grant_ended(another.id, reason="invalid_grant", secret_version=9)
    await stores.connections.record_grant_ended(an_id(ConnectionId), reason="invalid_grant", secret_version=9)
    assert await stores.connections.get(organisation.id, connection.id) == connection
