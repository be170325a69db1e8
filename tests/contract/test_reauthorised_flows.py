"""What FlowStore promises of a flow that authorises a connection again, and of one whose grant is dropped."""

from datetime import timedelta

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection, ConnectionStatus
from domain.errors import NotFound
from domain.flows import AuthorizationFlow, FlowStatus
from domain.ids import CredentialId
from domain.ports import NewConnection
from domain.secret import Secret
from tests.contract.connecting import connect
from tests.contract.flow_steps import FAILURE, KeptFlow
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import a_connection, a_new_connection, a_relay_flow, an_id

ALICE = {"iss": "https://provider.example", "sub": "alice"}


@pytest.fixture
async def connection(stores: Stores, organisation: Organisation, app: App) -> Connection:
    return await connect(stores, organisation, app)


@pytest.fixture
async def again(stores: Stores, organisation: Organisation, app: App, connection: Connection) -> AuthorizationFlow:
    """A claimed flow of that connection."""
    flow = a_relay_flow(organisation, app, connection_id=connection.id, reauthorises=True, allow_account_change=True)
    flow = await stores.flows.add(flow, seconds_to_live=600)
    await KeptFlow(stores.flows, flow).claim()
    return flow


def new_of(again: AuthorizationFlow) -> NewConnection:
    return a_new_connection(again, connection=a_connection(again, metadata=ALICE, name="Another name"))


async def test_a_flow_tells_what_it_was_begun_for(stores: Stores, again: AuthorizationFlow) -> None:
    found = await stores.flows.get(again.organisation_id, again.id)
    assert (found.reauthorises, found.allow_account_change) == (True, True)


async def test_the_connection_gets_the_credential_and_the_old_one_is_due(
    stores: Stores, again: AuthorizationFlow, connection: Connection
) -> None:
    assert await stores.flows.record_reauthorised(again.id, new_of(again), instead_of=connection.credential_id)
    after = await stores.connections.get(connection.organisation_id, connection.id)
    assert (after.credential_id, after.metadata, after.name) == (again.credential_id, ALICE, "Another name")
    assert after.created_at == connection.created_at
    assert (await stores.flows.get(again.organisation_id, again.id)).status is FlowStatus.CONNECTED
    await stores.credentials.get(connection.organisation_id, again.credential_id)
    with pytest.raises(NotFound):
        await stores.credentials.get(connection.organisation_id, connection.credential_id)
    due = await stores.credentials.take_due(first=10, seconds=60)
    assert (connection.organisation_id, connection.credential_id) in due
    assert (await stores.connections.get(connection.organisation_id, connection.id)).status is ConnectionStatus.ACTIVE


async def test_a_revoked_connection_is_active_again_and_not_ending(
    stores: Stores, again: AuthorizationFlow, connection: Connection
) -> None:
    await stores.connection_records.begin_revoking(connection.organisation_id, connection.id)
    assert await stores.flows.record_reauthorised(again.id, new_of(again), instead_of=connection.credential_id)
    after = await stores.connections.get(connection.organisation_id, connection.id)
    assert (after.status, after.ending_since) == (ConnectionStatus.ACTIVE, None)


async def test_one_that_has_another_credential_by_now_or_is_gone_stays_as_it_is(
    stores: Stores, again: AuthorizationFlow, connection: Connection
) -> None:
    assert not await stores.flows.record_reauthorised(again.id, new_of(again), instead_of=an_id(CredentialId))
    assert await stores.connections.get(connection.organisation_id, connection.id) == connection
    await stores.connection_records.begin_deleting(connection.organisation_id, connection.id)
    assert not await stores.flows.record_reauthorised(again.id, new_of(again), instead_of=connection.credential_id)
    assert (await stores.flows.get(again.organisation_id, again.id)).status is FlowStatus.FINISHING


async def test_one_flow_after_the_other_may_do_it(
    stores: Stores, again: AuthorizationFlow, connection: Connection, organisation: Organisation, app: App
) -> None:
    once_more = a_relay_flow(organisation, app, connection_id=connection.id, reauthorises=True)
    once_more = await stores.flows.add(attrs.evolve(once_more, state=Secret("s" * 43)), seconds_to_live=600)
    await KeptFlow(stores.flows, once_more).claim()
    assert await stores.flows.record_reauthorised(again.id, new_of(again), instead_of=connection.credential_id)
    assert not await stores.flows.record_reauthorised(
        once_more.id, new_of(once_more), instead_of=connection.credential_id
    )
    assert await stores.flows.record_reauthorised(once_more.id, new_of(once_more), instead_of=again.credential_id)


@pytest.mark.parametrize("secured", [True, False])
async def test_what_a_failed_flow_had_secured_is_due_in_a_minute(
    stores: Stores, again: AuthorizationFlow, time: Time, *, secured: bool
) -> None:
    await stores.flows.record_failed(again.organisation_id, again.id, FAILURE, secured=secured)
    wanted = (again.organisation_id, again.credential_id)
    assert wanted not in await stores.credentials.take_due(first=10, seconds=60)
    await time.passes(timedelta(minutes=2))
    assert (wanted in await stores.credentials.take_due(first=10, seconds=60)) is secured
    assert (await stores.flows.get(again.organisation_id, again.id)).status is FlowStatus.FAILED
