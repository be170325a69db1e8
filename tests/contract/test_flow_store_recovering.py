"""Flows that were claimed, and whose claimant has stopped, are taken by whoever goes on with them."""

from datetime import timedelta

import pytest

from domain.access import Organisation
from domain.apps import App
from domain.flows import FlowStatus
from tests.contract.flow_steps import KeptFlow
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import a_flow

FINISHING = timedelta(minutes=1)
"""How long the flow of these tests has from its claim to its end."""


async def take(stores: Stores, *, first: int = 10) -> list[str]:
    return [flow.id for flow in await stores.flows.take_overdue(first=first, seconds=60)]


async def test_a_flow_is_taken_once_its_deadline_is_over_and_not_before(
    stores: Stores, kept: KeptFlow, time: Time
) -> None:
    await kept.bring_to(FlowStatus.FINISHING, time)
    assert await take(stores) == []
    assert await stores.flows.seconds_overdue() == 0
    await time.passes(FINISHING + timedelta(seconds=60))
    assert await stores.flows.seconds_overdue() == pytest.approx(60, abs=30)
    [taken] = await stores.flows.take_overdue(first=10, seconds=60)
    assert taken == await kept.read()
    assert taken.overdue


async def test_what_was_taken_is_nobody_elses_until_its_time_is_over(
    stores: Stores, kept: KeptFlow, time: Time
) -> None:
    await kept.bring_to(FlowStatus.FINISHING, time)
    await time.passes(FINISHING)
    assert await take(stores) == [kept.flow.id]
    assert await take(stores) == []
    assert await stores.flows.seconds_overdue() == 0
    await time.passes(timedelta(seconds=60))
    assert await take(stores) == [kept.flow.id]


@pytest.mark.parametrize(
    "status",
    [FlowStatus.STARTED, FlowStatus.LAPSED, FlowStatus.FAILED, FlowStatus.CONNECTED, FlowStatus.INTERRUPTED],
    ids=str,
)
async def test_no_flow_is_taken_that_is_not_being_finished(
    status: FlowStatus, stores: Stores, kept: KeptFlow, time: Time
) -> None:
    await kept.bring_to(status, time)
    await time.passes(FINISHING)
    assert await take(stores) == []


async def test_the_longest_overdue_come_first_and_in_batches(
    stores: Stores, organisation: Organisation, app: App, time: Time
) -> None:
    flows = []
    for _ in range(3):
        flow = await stores.flows.add(a_flow(organisation, app), seconds_to_live=600)
        await KeptFlow(stores.flows, flow).bring_to(FlowStatus.FINISHING, time)
        flows.append(flow.id)
        await time.passes(timedelta(seconds=1))
    await time.passes(FINISHING)
    assert {*await take(stores, first=2)} == {*flows[:2]}
    assert await take(stores, first=2) == flows[2:]
