"""What ConnectionRecords promises of grants that are revoked, and of what hangs on the same account."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection, ConnectionStatus
from domain.errors import NotFound
from domain.ids import ConnectionId
from domain.oauth.client import OAuthClient
from domain.oauth.revocation import Revocation
from domain.ports import ConnectionRecords
from tests.contract.connecting import connect
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import an_app, an_id, an_organisation

ALICE = {"iss": "https://provider.example", "sub": "alice"}
BOB = ALICE | {"sub": "bob"}


@pytest.fixture
def records(stores: Stores) -> ConnectionRecords:
    return stores.connection_records


async def test_a_revoked_connection_is_there_and_its_credential_is_not(
    stores: Stores, records: ConnectionRecords, organisation: Organisation, app: App
) -> None:
    connection = await connect(stores, organisation, app)
    revoked = await records.begin_revoking(organisation.id, connection.id)
    assert revoked.status is ConnectionStatus.REVOKED
    assert revoked.ending_since is not None
    assert await stores.connections.get(organisation.id, connection.id) == revoked
    with pytest.raises(NotFound):
        await stores.credentials.get(organisation.id, connection.credential_id)


async def test_what_is_revoked_is_ending_until_its_end_is_recorded(
    stores: Stores, records: ConnectionRecords, organisation: Organisation, app: App, time: Time
) -> None:
    connection = await connect(stores, organisation, app)
    revoked = await records.begin_revoking(organisation.id, connection.id)
    await time.passes(timedelta(minutes=2))
    assert [item.id for item in await records.take_ending(first=10, idle_seconds=60)] == [connection.id]
    await records.record_revoked(revoked, revocation=Revocation.REVOKED)
    await time.passes(timedelta(minutes=2))
    assert await records.take_ending(first=10, idle_seconds=60) == []
    after = await stores.connections.get(organisation.id, connection.id)
    assert (after.status, after.ending_since) == (ConnectionStatus.REVOKED, None)
    await time.passes(timedelta(days=400))
    assert await stores.credentials.take_due(first=10, seconds=60) == []


async def test_what_is_filled_in_again_is_active_and_its_credential_is_found(
    stores: Stores, records: ConnectionRecords, organisation: Organisation, app: App
) -> None:
    connection = await connect(stores, organisation, app)
    revoked = await records.begin_revoking(organisation.id, connection.id)
    await records.record_replaced(organisation.id, connection.id, secret_version=9, token_expires_at=None)
    assert (await stores.connections.get(organisation.id, connection.id)).status is ConnectionStatus.REVOKED
    await records.record_revoked(revoked, revocation=Revocation.REVOKED)
    await records.record_replaced(organisation.id, connection.id, secret_version=1, token_expires_at=None)
    assert (await stores.connections.get(organisation.id, connection.id)).status is ConnectionStatus.ACTIVE
    await stores.credentials.get(organisation.id, connection.credential_id)


async def test_nothing_is_revoked_that_is_not_there(
    stores: Stores, records: ConnectionRecords, organisation: Organisation, app: App
) -> None:
    with pytest.raises(NotFound):
        await records.begin_revoking(organisation.id, an_id(ConnectionId))
    connection = await connect(stores, organisation, app)
    await records.begin_deleting(organisation.id, connection.id)
    with pytest.raises(NotFound):
        await records.begin_revoking(organisation.id, connection.id)


@pytest.mark.parametrize(
    ("mine", "theirs", "shared"),
    [(ALICE, ALICE, True), (ALICE, BOB, False), (ALICE, {}, True), ({}, ALICE, True), ({}, {}, True)],
)
async def test_a_grant_is_shared_where_another_of_the_client_may_be_of_the_account(
    stores: Stores, organisation: Organisation, app: App, mine: dict[str, str], theirs: dict[str, str], *, shared: bool
) -> None:
    records = stores.connection_records
    client = a_client_of_its_own(organisation)
    connection = await connect(stores, organisation, app, made_with=client, metadata=mine)
    assert not await records.is_shared(connection)
    other = await connect(stores, organisation, app, made_with=client, metadata=theirs)
    assert await records.is_shared(connection) is shared
    await records.begin_revoking(organisation.id, other.id)
    assert not await records.is_shared(connection)


async def test_it_is_shared_across_organisations_and_not_across_clients(
    stores: Stores, records: ConnectionRecords, organisation: Organisation, app: App
) -> None:
    client = a_client_of_its_own(organisation)
    connection = await connect(stores, organisation, app, made_with=client, metadata=ALICE)
    elsewhere = attrs.evolve(client, token_endpoint="https://other.example/token")
    await connect(stores, organisation, app, made_with=elsewhere, metadata=ALICE)
    assert not await records.is_shared(connection)
    another = an_organisation()
    await stores.organisations.add(another)
    await stores.apps.add(theirs := an_app(another))
    await connect(stores, another, theirs, made_with=client, metadata=ALICE)
    assert await records.is_shared(connection)


async def test_what_replaced_its_own_grant_shares_with_it(
    stores: Stores, records: ConnectionRecords, organisation: Organisation, app: App
) -> None:
    client = a_client_of_its_own(organisation)
    connection = await connect(stores, organisation, app, made_with=client, metadata=ALICE)
    before: Connection = attrs.evolve(
        connection, credential_id=(await connect(stores, organisation, app)).credential_id
    )
    assert await records.is_shared(before)


def a_client_of_its_own(organisation: Organisation) -> Any:
    """Nobody else's connections have it: the stores of the suite are shared."""
    return OAuthClient(client_id=f"client-of-{organisation.id}", token_endpoint="https://provider.example/token")
