"""Keeping, finding and starting a flow. What it becomes afterwards: ``test_flow_store_endings``."""

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.errors import NotFound
from domain.flows import AuthorizationFlow, FlowStatus
from domain.ids import FlowId
from domain.ports import FlowStore
from tests.contract.flow_steps import LIFE, KeptFlow
from tests.contract.stores import Time
from tests.support.domain_examples import LONG_AGO, a_flow, a_relay_flow, a_secret, an_id


def without_secrets(flow: AuthorizationFlow) -> AuthorizationFlow:
    return attrs.evolve(flow, state=None, ticket=None, code_verifier=None)


async def test_a_new_flow_has_its_times_by_the_stores_clock(
    flow_store: FlowStore, organisation: Organisation, app: App
) -> None:
    given = a_flow(organisation, app, created_at=LONG_AGO, expires_at=LONG_AGO)
    flow = await flow_store.add(given, seconds_to_live=600)
    assert abs(flow.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert flow.expires_at - flow.created_at == LIFE
    assert flow == attrs.evolve(given, created_at=flow.created_at, expires_at=flow.expires_at)


async def test_a_flow_reads_back_whole_but_for_its_secrets(kept: KeptFlow) -> None:
    read = await kept.store.get(kept.flow.organisation_id, kept.flow.id)
    assert read == without_secrets(kept.flow)
    assert list(read.additional_parameters.items()) == list(kept.flow.additional_parameters.items())


async def test_a_flow_with_few_members_reads_back_too(
    flow_store: FlowStore, organisation: Organisation, app: App
) -> None:
    few = a_relay_flow(organisation, app, scopes=(), additional_parameters={}, return_url=None, code_verifier=None)
    flow = await flow_store.add(few, seconds_to_live=600)
    assert await flow_store.get(organisation.id, flow.id) == without_secrets(flow)


async def test_an_unknown_flow_and_another_organisations_are_not_found(
    kept: KeptFlow, other_organisation: Organisation
) -> None:
    for organisation_id, flow_id in [
        (kept.flow.organisation_id, an_id(FlowId)),
        (other_organisation.id, kept.flow.id),
    ]:
        with pytest.raises(NotFound):
            await kept.store.get(organisation_id, flow_id)


async def test_its_ticket_finds_the_flow_with_all_secrets_while_it_can_be_started(kept: KeptFlow) -> None:
    assert await kept.store.find_by_ticket(kept.ticket) == kept.flow
    await kept.start()
    started = attrs.evolve(kept.flow, status=FlowStatus.STARTED, browser_fingerprint=kept.browser.fingerprint())
    assert await kept.store.find_by_ticket(kept.ticket) == started


async def test_its_ticket_finds_the_flow_without_verifier_once_it_is_claimed(kept: KeptFlow) -> None:
    await kept.start()
    await kept.claim()
    claimed = await kept.store.find_by_ticket(kept.ticket)
    assert claimed is not None
    assert (claimed.status, claimed.code_verifier) == (FlowStatus.FINISHING, None)


async def test_its_ticket_finds_a_lapsed_flow_without_verifier(kept: KeptFlow, time: Time) -> None:
    await time.passes(LIFE)
    lapsed = await kept.store.find_by_ticket(kept.ticket)
    assert lapsed is not None
    assert (lapsed.status, lapsed.code_verifier) == (FlowStatus.LAPSED, None)


async def test_its_state_finds_the_flow_with_its_verifier_until_it_is_claimed(kept: KeptFlow) -> None:
    await kept.start()
    expected = attrs.evolve(
        kept.flow, ticket=None, status=FlowStatus.STARTED, browser_fingerprint=kept.browser.fingerprint()
    )
    assert await kept.store.find_by_state(kept.state) == expected
    await kept.claim()
    claimed = await kept.store.find_by_state(kept.state)
    assert claimed is not None
    assert (claimed.state, claimed.ticket, claimed.code_verifier) == (kept.state, None, None)


async def test_a_relays_flow_is_found_by_its_state_with_its_verifier(
    flow_store: FlowStore, organisation: Organisation, app: App
) -> None:
    flow = await flow_store.add(a_relay_flow(organisation, app), seconds_to_live=600)
    assert flow.state is not None
    assert await flow_store.find_by_state(flow.state) == flow


async def test_its_browser_finds_the_flow_that_it_started_without_secrets(kept: KeptFlow) -> None:
    assert await kept.store.find_by_browser(kept.browser.fingerprint()) is None
    await kept.start()
    assert await kept.store.find_by_browser(kept.browser.fingerprint()) == await kept.read()


async def test_a_stranger_finds_nothing(kept: KeptFlow) -> None:
    await kept.start()
    assert await kept.store.find_by_ticket(a_secret()) is None
    assert await kept.store.find_by_ticket(kept.state) is None
    assert await kept.store.find_by_state(a_secret()) is None
    assert await kept.store.find_by_state(kept.ticket) is None
    assert await kept.store.find_by_browser(a_secret().fingerprint()) is None


async def test_each_flow_is_found_by_its_own_secrets(
    flow_store: FlowStore, organisation: Organisation, app: App
) -> None:
    added = [await flow_store.add(a_flow(organisation, app), seconds_to_live=600) for _ in range(3)]
    flows = [KeptFlow(flow_store, flow) for flow in added]
    assert [await flow_store.find_by_ticket(one.ticket) for one in flows] == [one.flow for one in flows]
    assert [await flow_store.find_by_state(one.state) for one in flows] == [
        attrs.evolve(one.flow, ticket=None) for one in flows
    ]


async def test_starting_binds_the_flow_to_the_browser(kept: KeptFlow) -> None:
    assert await kept.start()
    read = await kept.read()
    assert (read.status, read.browser_fingerprint) == (FlowStatus.STARTED, kept.browser.fingerprint())


async def test_the_same_browser_may_start_again_until_the_flow_is_claimed(kept: KeptFlow) -> None:
    assert await kept.start()
    assert await kept.start()
    await kept.claim()
    before = await kept.read()
    assert not await kept.start()
    assert await kept.read() == before


async def test_another_browser_may_not_start_what_is_started(kept: KeptFlow) -> None:
    await kept.start()
    before = await kept.read()
    assert not await kept.store.start(
        kept.flow.organisation_id, kept.ticket, browser_fingerprint=a_secret().fingerprint()
    )
    assert await kept.read() == before


async def test_of_many_browsers_at_once_one_gets_the_flow(kept: KeptFlow) -> None:
    browsers = [a_secret().fingerprint() for _ in range(20)]
    answers = await asyncio.gather(
        *(kept.store.start(kept.flow.organisation_id, kept.ticket, browser_fingerprint=browser) for browser in browsers)
    )
    assert answers.count(True) == 1
    assert (await kept.read()).browser_fingerprint == browsers[answers.index(True)]


async def test_a_lapsed_flow_cannot_be_started(kept: KeptFlow, time: Time) -> None:
    await time.passes(LIFE)
    assert not await kept.start()
    assert (await kept.read()).browser_fingerprint is None


async def test_a_started_flow_that_lapsed_cannot_be_started_again(kept: KeptFlow, time: Time) -> None:
    await kept.start()
    await time.passes(LIFE)
    assert not await kept.start()


async def test_an_unknown_ticket_starts_nothing(kept: KeptFlow) -> None:
    assert not await kept.store.start(
        kept.flow.organisation_id, a_secret(), browser_fingerprint=kept.browser.fingerprint()
    )
    assert (await kept.read()).status is FlowStatus.WAITING


@pytest.mark.parametrize("started", [False, True])
async def test_a_flow_never_claimed_in_time_reads_as_lapsed(kept: KeptFlow, time: Time, *, started: bool) -> None:
    if started:
        await kept.start()
    await time.passes(LIFE - timedelta(seconds=60))
    assert (await kept.read()).status is not FlowStatus.LAPSED
    await time.passes(timedelta(seconds=60))
    by_browser = await kept.store.find_by_browser(kept.browser.fingerprint())
    found = [
        await kept.read(),
        await kept.store.find_by_ticket(kept.ticket),
        await kept.store.find_by_state(kept.state),
        *([by_browser] if started else []),
    ]
    assert {flow and flow.status for flow in found} == {FlowStatus.LAPSED}


@pytest.mark.parametrize("seconds_to_live", [0, -1])
async def test_a_flow_without_time_to_live_is_lapsed_at_once(
    flow_store: FlowStore, organisation: Organisation, app: App, seconds_to_live: float
) -> None:
    flow = await flow_store.add(a_flow(organisation, app), seconds_to_live=seconds_to_live)
    assert (await flow_store.get(organisation.id, flow.id)).status is FlowStatus.LAPSED
