"""What ConnectionRecords promises: nothing is seen before its secret is there, nor once it is to be destroyed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.auth_configs import (
    ApiKeyConfig,
    BasicAuthConfig,
    DirectGrantConfig,
    FlowType,
    FormConfig,
    HttpRefreshConfig,
    JwtBearerConfig,
    Location,
)
from domain.connections import Connection, ConnectionStatus
from domain.credentials import CredentialType
from domain.errors import NotFound
from domain.ids import ConnectionId
from domain.lists import ListQuery
from domain.oauth.revocation import Revocation
from domain.ports import ConnectionRecords, NewConnection
from tests.contract.leasing import ended, taken
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import a_connection, a_flow, an_id

MINUTE = timedelta(minutes=1)
CONFIGS: list[FormConfig] = [
    ApiKeyConfig(name="X-Key", location=Location.HEADER),
    BasicAuthConfig(user="bob"),
    DirectGrantConfig(
        flow_type=FlowType.RESOURCE_OWNER_PASSWORD,
        token_endpoint="https://id.example/token",
        scopes={"z": "first", "a": "second"},
    ),
    JwtBearerConfig(algorithm="HS256", payload={"nested": ["a"]}, lifetime_seconds=90),
    HttpRefreshConfig(
        token_endpoint="https://api.example/token",
        method="PUT",
        token_ttl_seconds=60,
        secret_in="header",
        header_destination="X-Secret",
        headers={"Accept": ("a", "b")},
        name="X-Token",
        location=Location.COOKIE,
    ),
]


@pytest.fixture
def records(stores: Stores) -> ConnectionRecords:
    return stores.connection_records


def new_connection(organisation: Organisation, app: App, config: FormConfig = CONFIGS[0]) -> NewConnection:
    made = a_connection(
        a_flow(organisation, app), made_with=config, auth_type=config.type, scopes=(), token_expires_at=None
    )
    return NewConnection(connection=made, credential_type=CredentialType.RAW, credential_expires_at=None)


async def seen(stores: Stores, connection: Connection) -> Connection | None:
    """The connection, for a reader; its credential is there exactly where it is."""
    listed = await stores.connections.list(connection.organisation_id, ListQuery())
    credentials = await stores.credentials.list(connection.organisation_id, ListQuery())
    try:
        found = await stores.connections.get(connection.organisation_id, connection.id)
    except NotFound:
        assert connection.id not in {item.id for item in listed.items}
        assert connection.credential_id not in {item.id for item in credentials.items}
        with pytest.raises(NotFound):
            await stores.credentials.get(connection.organisation_id, connection.credential_id)
        return None
    credential = await stores.credentials.get(connection.organisation_id, connection.credential_id)
    assert (credential.terms.name, credential.connection) == (found.name, found)
    assert credential in credentials.items
    assert found in listed.items
    return found


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config.type))
async def test_what_is_reserved_is_there_as_it_was_made_once_it_is_confirmed(
    stores: Stores, records: ConnectionRecords, organisation: Organisation, app: App, config: FormConfig
) -> None:
    new = new_connection(organisation, app, config)
    await records.reserve(new)
    assert await seen(stores, new.connection) is None
    await records.confirm(new.connection.organisation_id, new.connection.id, secret_version=4)
    found = await seen(stores, new.connection)
    assert found == attrs.evolve(new.connection, secret_version=4)


async def test_a_deleted_connection_is_gone_for_readers_and_deleted_once(
    stores: Stores, records: ConnectionRecords, connection: Connection
) -> None:
    deleting = await records.begin_deleting(connection.organisation_id, connection.id)
    assert (deleting.id, deleting.credential_id) == (connection.id, connection.credential_id)
    assert await seen(stores, connection) is None
    with pytest.raises(NotFound):
        await records.begin_deleting(connection.organisation_id, connection.id)
    with pytest.raises(NotFound):
        await records.rename(connection.organisation_id, connection.id, "another")


async def test_of_two_deletions_at_once_one_is_told_that_it_is_gone(
    records: ConnectionRecords, connection: Connection
) -> None:
    begin = (records.begin_deleting(connection.organisation_id, connection.id) for _ in range(5))
    answers = await asyncio.gather(*begin, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Connection", *["NotFound"] * 4]


async def test_another_organisation_deletes_and_renames_nothing(
    stores: Stores, records: ConnectionRecords, connection: Connection, other_organisation: Organisation
) -> None:
    with pytest.raises(NotFound):
        await records.begin_deleting(other_organisation.id, connection.id)
    with pytest.raises(NotFound):
        await records.rename(other_organisation.id, connection.id, "mine")
    assert await seen(stores, connection) == connection


async def test_what_was_removed_is_gone_and_removing_it_twice_is_as_once(
    records: ConnectionRecords, connection: Connection
) -> None:
    await records.begin_deleting(connection.organisation_id, connection.id)
    await records.remove(connection.organisation_id, connection.id, revocation=Revocation.NOT_OFFERED)
    await records.remove(connection.organisation_id, connection.id, revocation=Revocation.NOT_OFFERED)
    assert await records.take_ending(first=10, idle_seconds=0) == []
    with pytest.raises(NotFound):
        await records.confirm(connection.organisation_id, connection.id, secret_version=1)


async def test_only_what_is_being_deleted_is_removed(
    stores: Stores, records: ConnectionRecords, connection: Connection
) -> None:
    await records.remove(connection.organisation_id, connection.id, revocation=Revocation.NOT_OFFERED)
    assert await seen(stores, connection) == connection


async def test_a_deletion_that_was_left_is_taken_by_one_and_not_before_its_time(
    records: ConnectionRecords, connection: Connection, time: Time
) -> None:
    await records.begin_deleting(connection.organisation_id, connection.id)
    assert await records.take_ending(first=10, idle_seconds=60) == []
    assert await records.seconds_late(idle_seconds=60) == 0
    await time.passes(2 * MINUTE)
    assert 60 <= await records.seconds_late(idle_seconds=60) < 70
    takes = (records.take_ending(first=10, idle_seconds=60) for _ in range(4))
    taken = [item.id for page in await asyncio.gather(*takes) for item in page]
    assert taken == [connection.id]
    await time.passes(MINUTE)
    assert [item.id for item in await records.take_ending(first=10, idle_seconds=60)] == [connection.id]


async def test_a_deletion_that_was_postponed_is_not_taken_before(
    records: ConnectionRecords, connection: Connection, time: Time
) -> None:
    ending = await records.begin_deleting(connection.organisation_id, connection.id)
    await records.postpone(ending, seconds=600)
    await time.passes(2 * MINUTE)
    assert await records.take_ending(first=10, idle_seconds=60) == []
    assert await records.seconds_late(idle_seconds=60) == 0
    await records.postpone(ending, seconds=0)
    assert [item.id for item in await records.take_ending(first=10, idle_seconds=60)] == [connection.id]


async def test_what_was_reserved_and_never_confirmed_is_taken_as_a_deletion(
    records: ConnectionRecords, organisation: Organisation, app: App, time: Time
) -> None:
    new = new_connection(organisation, app)
    await records.reserve(new)
    assert await records.take_ending(first=10, idle_seconds=60) == []
    await time.passes(MINUTE)
    assert [item.id for item in await records.take_ending(first=10, idle_seconds=60)] == [new.connection.id]
    await records.remove(new.connection.organisation_id, new.connection.id, revocation=Revocation.NOT_OFFERED)
    with pytest.raises(NotFound):
        await records.confirm(new.connection.organisation_id, new.connection.id, secret_version=1)


async def test_no_more_are_taken_than_were_asked_for_the_longest_left_first(
    records: ConnectionRecords, organisation: Organisation, app: App, time: Time
) -> None:
    reserved = []
    for _ in range(3):
        new = new_connection(organisation, app)
        await records.reserve(new)
        reserved.append(new.connection.id)
        await time.passes(MINUTE)
    taken = await records.take_ending(first=2, idle_seconds=1)
    assert {item.id for item in taken} == set(reserved[:2])


async def test_a_name_is_the_connections_and_its_credentials(
    stores: Stores, records: ConnectionRecords, connection: Connection
) -> None:
    await records.rename(connection.organisation_id, connection.id, "Another name")
    found = await seen(stores, connection)
    assert found is not None
    assert found == attrs.evolve(connection, name="Another name", updated_at=found.updated_at)


async def test_what_was_replaced_is_active_again(
    stores: Stores, records: ConnectionRecords, connection: Connection
) -> None:
    await ended(stores.leases, connection, reason="invalid_client")
    expires_at = datetime.now(UTC) + MINUTE
    await records.record_replaced(
        connection.organisation_id, connection.id, secret_version=4, token_expires_at=expires_at
    )
    found = await seen(stores, connection)
    assert found is not None
    wanted: dict[str, Any] = {"secret_version": 4, "token_expires_at": expires_at, "updated_at": found.updated_at}
    assert found == attrs.evolve(connection, status=ConnectionStatus.ACTIVE, status_reason=None, **wanted)


async def test_a_replacement_older_than_what_is_recorded_changes_nothing(
    stores: Stores, records: ConnectionRecords, connection: Connection
) -> None:
    await records.record_replaced(connection.organisation_id, connection.id, secret_version=2, token_expires_at=None)
    assert await seen(stores, connection) == connection


async def test_nothing_is_recorded_of_what_is_being_deleted(
    stores: Stores, records: ConnectionRecords, connection: Connection
) -> None:
    lease = await taken(stores.leases, connection)
    await records.begin_deleting(connection.organisation_id, connection.id)
    await records.record_replaced(connection.organisation_id, connection.id, secret_version=9, token_expires_at=None)
    await stores.leases.end(lease, reason="invalid_grant", secret_version=9)
    assert await seen(stores, connection) is None


async def test_a_list_of_one_status_holds_no_other(
    stores: Stores, connection: Connection, organisation: Organisation
) -> None:
    over = await stores.connections.list(organisation.id, ListQuery(), status=ConnectionStatus.NEEDS_REAUTHORIZATION)
    active = await stores.connections.list(organisation.id, ListQuery(), status=ConnectionStatus.ACTIVE)
    assert (list(over.items), list(active.items)) == ([], [connection])


async def test_an_unknown_connection_is_neither_confirmed_nor_renamed(
    records: ConnectionRecords, organisation: Organisation
) -> None:
    with pytest.raises(NotFound):
        await records.confirm(organisation.id, an_id(ConnectionId), secret_version=1)
    with pytest.raises(NotFound):
        await records.rename(organisation.id, an_id(ConnectionId), "name")
