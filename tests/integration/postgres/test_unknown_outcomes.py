"""The line breaks after Postgres has done what it was told, and before anybody hears of it."""

import pytest

from adapters.postgres.flows import PostgresFlowStore
from adapters.postgres.pool import Pool
from domain.errors import StorageUnavailable
from domain.flows import FlowStatus
from domain.ids import AttemptId
from domain.ports import FlowTaken
from tests.contract.flow_steps import KeptFlow
from tests.contract.stores import postgres_stores
from tests.integration.postgres.line import Line
from tests.support.domain_examples import a_relay_flow, an_app, an_id, an_organisation


@pytest.fixture
async def kept(postgres_pool: Pool, pool: Pool) -> KeptFlow:
    """A started flow, in a store over the line."""
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    flow = await stores.flows.add(a_relay_flow(organisation, app), seconds_to_live=600)
    return KeptFlow(PostgresFlowStore(pool), flow)


async def test_a_claim_whose_answer_is_lost_is_looked_up_by_its_attempt(kept: KeptFlow, line: Line) -> None:
    line.lose_the_answer_to("sealed_verifier = NULL")
    attempt = await kept.claim()
    read = await kept.read()
    assert (read.status, read.attempt) == (FlowStatus.FINISHING, attempt)


async def test_a_lost_claim_of_what_another_has_claimed_is_not_taken_for_ours(kept: KeptFlow, line: Line) -> None:
    theirs = await kept.claim()
    line.lose_the_answer_to("sealed_verifier = NULL")
    with pytest.raises(StorageUnavailable):
        await kept.claim()
    assert (await kept.read()).attempt == theirs


async def test_a_claim_that_never_arrived_has_claimed_nothing(kept: KeptFlow, line: Line, pool: Pool) -> None:
    pool.timeout = 0.1
    line.cut()
    with pytest.raises(StorageUnavailable):
        await kept.claim()
    line.mend()
    pool.timeout = 5
    assert (await kept.read()).status is FlowStatus.STARTED
    await kept.claim()


async def test_a_connection_whose_answer_is_lost_is_recorded_by_the_same_again(kept: KeptFlow, line: Line) -> None:
    await kept.claim()
    line.lose_the_answer_to("INSERT INTO connections")
    with pytest.raises(StorageUnavailable):
        await kept.connect()
    await kept.connect()
    assert (await kept.read()).status is FlowStatus.CONNECTED


async def test_who_lost_no_answer_hears_that_the_flow_is_taken(kept: KeptFlow) -> None:
    await kept.claim()
    with pytest.raises(FlowTaken):
        await kept.store.claim(kept.flow, answer_fingerprint="0" * 64, attempt=an_id(AttemptId), seconds_to_finish=60)
