"""Flows that nobody can ask after any more are forgotten."""

from datetime import timedelta

import pytest

from domain.access import Organisation
from domain.apps import App
from domain.errors import NotFound
from domain.flows import FlowStatus
from domain.ids import CredentialId, OrganisationId
from tests.contract.flow_steps import KeptFlow
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import a_flow

DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
KEPT_SECONDS = 600


async def a_kept_flow(stores: Stores, organisation: Organisation, app: App) -> KeptFlow:
    flow = await stores.flows.add(a_flow(organisation, app), seconds_to_live=KEPT_SECONDS)
    return KeptFlow(stores.flows, flow)


async def due(stores: Stores) -> list[tuple[OrganisationId, CredentialId]]:
    return list(await stores.credentials.take_due(first=10, seconds=60))


@pytest.mark.parametrize(
    "status", [FlowStatus.LAPSED, FlowStatus.FAILED, FlowStatus.CONNECTED, FlowStatus.INTERRUPTED], ids=str
)
async def test_a_flow_is_forgotten_24_hours_after_its_end_and_not_before(
    status: FlowStatus, stores: Stores, kept: KeptFlow, time: Time
) -> None:
    await kept.bring_to(status, time)
    await time.passes(DAY - MINUTE)
    assert await stores.flows.forget_over(first=10) == 0
    assert (await kept.read()).status is status
    assert await stores.flows.seconds_late() == 0
    await time.passes(2 * MINUTE)
    assert await stores.flows.seconds_late() == pytest.approx(60, abs=30)
    assert await stores.flows.forget_over(first=10) == 1
    assert await stores.flows.forget_over(first=10) == 0
    assert await stores.flows.seconds_late() == 0


async def test_they_are_forgotten_in_batches(stores: Stores, organisation: Organisation, app: App, time: Time) -> None:
    for _ in range(5):
        await a_kept_flow(stores, organisation, app)
    await time.passes(2 * DAY)
    assert [await stores.flows.forget_over(first=2) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_claimed_flow_that_nobody_finished_is_not_forgotten(stores: Stores, kept: KeptFlow, time: Time) -> None:
    await kept.bring_to(FlowStatus.FINISHING, time)
    await time.passes(3 * DAY)
    assert await stores.flows.forget_over(first=10) == 0
    assert (await kept.read()).status is FlowStatus.FINISHING


async def test_what_an_interrupted_flow_may_have_left_in_the_secret_store_is_due(
    stores: Stores, kept: KeptFlow, time: Time
) -> None:
    await kept.bring_to(FlowStatus.INTERRUPTED, time)
    await time.passes(DAY + MINUTE)
    assert await due(stores) == []
    await stores.flows.forget_over(first=10)
    with pytest.raises(NotFound):
        await stores.credentials.get(kept.flow.organisation_id, kept.flow.credential_id)
    assert await due(stores) == [(kept.flow.organisation_id, kept.flow.credential_id)]


async def test_a_connected_flow_leaves_its_connection_and_credential(
    stores: Stores, kept: KeptFlow, time: Time
) -> None:
    await kept.bring_to(FlowStatus.CONNECTED, time)
    await time.passes(DAY + MINUTE)
    assert await stores.flows.forget_over(first=10) == 1
    credential = await stores.credentials.get(kept.flow.organisation_id, kept.flow.credential_id)
    assert credential.connection == await stores.connections.get(kept.flow.organisation_id, kept.flow.connection_id)
    assert await due(stores) == []
