"""What a lease's holder records of a connection: its refresh, or the end of its grant."""

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection, ConnectionStatus
from domain.ports import ConnectionStore, RefreshLeases
from domain.refresh_ahead import foresee
from tests.contract.connecting import connect
from tests.contract.leasing import ended, refreshed, taken
from tests.contract.stores import Stores
from tests.support.domain_examples import a_grant

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("version", [3, 4])
async def test_a_refresh_is_recorded_with_its_expiry_scopes_version_and_time(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection, version: int
) -> None:
    grant = a_grant(expires_at=datetime.now(UTC) + HOUR, scope="b  a")
    await refreshed(leases, connection, version=version, grant=grant)
    recorded = await connection_store.get(connection.organisation_id, connection.id)
    assert recorded == attrs.evolve(
        connection,
        token_expires_at=grant.expires_at,
        refresh_due_at=foresee(grant, connection.id, connection.made_with).refresh_due_at,
        scopes=("b", "a"),
        secret_version=version,
        last_refreshed_at=recorded.last_refreshed_at,
        updated_at=recorded.updated_at,
    )
    assert recorded.last_refreshed_at is not None
    assert abs(recorded.last_refreshed_at - datetime.now(UTC)) < MINUTE
    assert abs(recorded.updated_at - datetime.now(UTC)) < MINUTE


async def test_a_grant_whose_end_is_not_known_and_without_scopes_is_recorded_so(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection
) -> None:
    await refreshed(leases, connection, version=4, grant=a_grant(expires_at=None, scope=""))
    recorded = await connection_store.get(connection.organisation_id, connection.id)
    assert (recorded.token_expires_at, recorded.scopes) == (None, ())


async def test_a_refresh_older_than_the_recorded_one_changes_nothing(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection
) -> None:
    await refreshed(leases, connection, version=2)
    assert await connection_store.get(connection.organisation_id, connection.id) == connection


async def test_of_refreshes_recorded_at_once_the_newest_stays(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection
) -> None:
    grants = {version: a_grant(scope=f"scope-{version}") for version in range(4, 24)}
    lease = await taken(leases, connection)
    await asyncio.gather(
        *(leases.record(lease, grant, secret_version=version) for version, grant in reversed(grants.items()))
    )
    recorded = await connection_store.get(connection.organisation_id, connection.id)
    assert (recorded.secret_version, recorded.scopes) == (23, ("scope-23",))


@pytest.mark.parametrize("version", [3, 4])
async def test_a_connection_whose_grant_ended_needs_reauthorization_and_says_why(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection, version: int
) -> None:
    await ended(leases, connection, version=version)
    recorded = await connection_store.get(connection.organisation_id, connection.id)
    assert recorded == attrs.evolve(
        connection,
        status=ConnectionStatus.NEEDS_REAUTHORIZATION,
        status_reason="invalid_grant",
        updated_at=recorded.updated_at,
    )
    assert abs(recorded.updated_at - datetime.now(UTC)) < MINUTE


async def test_the_end_of_an_older_grant_than_the_recorded_one_changes_nothing(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection
) -> None:
    await ended(leases, connection, version=2)
    assert await connection_store.get(connection.organisation_id, connection.id) == connection


async def test_after_its_grants_end_nothing_of_that_grant_changes_a_connection(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection
) -> None:
    await ended(leases, connection, version=3)
    before = await connection_store.get(connection.organisation_id, connection.id)
    await refreshed(leases, connection, version=3)
    await ended(leases, connection, reason="another", version=9)
    assert await connection_store.get(connection.organisation_id, connection.id) == before


async def test_what_is_recorded_for_one_connection_changes_no_other(
    stores: Stores, organisation: Organisation, app: App, connection: Connection
) -> None:
    another = await connect(stores, organisation, app)
    await refreshed(stores.leases, another, version=9)
    await ended(stores.leases, another, version=9)
    assert await stores.connections.get(organisation.id, connection.id) == connection


async def test_what_is_recorded_in_another_organisations_name_changes_nothing(
    leases: RefreshLeases,
    connection_store: ConnectionStore,
    other_organisation: Organisation,
    connection: Connection,
) -> None:
    lease = await taken(leases, connection)
    stolen = attrs.evolve(lease, connection=attrs.evolve(connection, organisation_id=other_organisation.id))
    await leases.record(stolen, a_grant(), secret_version=9)
    await leases.end(stolen, reason="invalid_grant", secret_version=9)
    assert await connection_store.get(connection.organisation_id, connection.id) == connection
