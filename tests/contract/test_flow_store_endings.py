"""What becomes of a flow that was started: claimed, connected, failed, interrupted, forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from domain.access import Organisation
from domain.credentials import CredentialTerms
from domain.errors import NotFound
from domain.flows import TRANSITIONS, FlowEvent, FlowStatus
from domain.ids import AttemptId
from domain.lists import ListQuery
from domain.ports import ConnectionStore, CredentialStore, FlowTaken
from tests.contract.flow_steps import FAILURE, LIFE, KeptFlow
from tests.contract.stores import Time
from tests.support.domain_examples import a_connection, a_new_connection, a_secret, an_id

DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
EVENTS = (FlowEvent.START, FlowEvent.CLAIM, FlowEvent.CONNECT, FlowEvent.FAIL, FlowEvent.INTERRUPT)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("status", FlowStatus)
async def test_only_what_the_table_allows_happens_and_what_is_refused_changes_nothing(
    kept: KeptFlow, connection_store: ConnectionStore, time: Time, status: FlowStatus, event: FlowEvent
) -> None:
    await kept.bring_to(status, time)
    before = await kept.read()
    connections = await connection_store.list(kept.flow.organisation_id, ListQuery(first=10))
    await kept.try_to(event)
    expected = TRANSITIONS[status].get(event)
    if expected is not None:
        assert (await kept.read()).status is expected
        return
    assert await kept.read() == before
    after = await connection_store.list(kept.flow.organisation_id, ListQuery(first=10))
    assert after == connections


async def test_a_claimed_flow_tells_by_whom_and_for_which_answer(kept: KeptFlow) -> None:
    await kept.start()
    before = await kept.read()
    answer, attempt = a_secret().fingerprint(), an_id(AttemptId)
    await kept.store.claim(kept.flow, answer_fingerprint=answer, attempt=attempt, seconds_to_finish=60)
    assert await kept.read() == attrs.evolve(
        before, status=FlowStatus.FINISHING, answer_fingerprint=answer, attempt=attempt
    )


async def test_of_fifty_claims_at_once_one_gets_the_flow(kept: KeptFlow) -> None:
    await kept.start()
    answers = await asyncio.gather(*(kept.claim() for _ in range(50)), return_exceptions=True)
    attempts = [answer for answer in answers if isinstance(answer, str)]
    assert len(attempts) == 1
    assert [type(answer) for answer in answers if not isinstance(answer, str)] == [FlowTaken] * 49
    assert (await kept.read()).attempt == attempts[0]


@pytest.mark.parametrize("status", [status for status in FlowStatus if status is not FlowStatus.STARTED])
async def test_what_is_not_started_and_unlapsed_is_taken(kept: KeptFlow, time: Time, status: FlowStatus) -> None:
    await kept.bring_to(status, time)
    with pytest.raises(FlowTaken):
        await kept.claim()


async def test_a_claimed_flow_does_not_lapse(kept: KeptFlow, time: Time) -> None:
    await kept.start()
    await kept.claim()
    await time.passes(LIFE + DAY)
    assert (await kept.read()).status is FlowStatus.FINISHING


async def test_a_claimed_flow_is_overdue_from_its_deadline_on(kept: KeptFlow, time: Time) -> None:
    await kept.start()
    await kept.claim(seconds_to_finish=60)
    assert not (await kept.read()).overdue
    await time.passes(MINUTE)
    by_state = await kept.store.find_by_state(kept.state)
    assert (await kept.read()).overdue
    assert by_state is not None
    assert by_state.overdue


@pytest.mark.parametrize("seconds_to_finish", [0, -1])
async def test_a_flow_claimed_without_time_to_finish_is_overdue_at_once(
    kept: KeptFlow, seconds_to_finish: float
) -> None:
    await kept.start()
    await kept.claim(seconds_to_finish=seconds_to_finish)
    assert (await kept.read()).overdue


@pytest.mark.parametrize("event", [FlowEvent.CONNECT, FlowEvent.FAIL, FlowEvent.INTERRUPT])
async def test_an_ended_flow_is_not_overdue(kept: KeptFlow, event: FlowEvent) -> None:
    await kept.start()
    await kept.claim(seconds_to_finish=0)
    await kept.try_to(event)
    assert not (await kept.read()).overdue


async def test_connecting_records_the_connection_and_its_credential(
    kept: KeptFlow, connection_store: ConnectionStore, credential_store: CredentialStore
) -> None:
    await kept.start()
    await kept.claim()
    expires_at = datetime.now(UTC) + DAY
    new = a_new_connection(kept.flow, credential_expires_at=expires_at)
    await kept.store.record_connected(kept.flow.id, new)
    assert (await kept.read()).status is FlowStatus.CONNECTED
    assert await connection_store.get(kept.flow.organisation_id, kept.flow.connection_id) == new.connection
    credential = await credential_store.get(kept.flow.organisation_id, kept.flow.credential_id)
    terms = CredentialTerms(name=new.connection.name, type=new.credential_type, expires_at=expires_at)
    assert (credential.connection, credential.terms) == (new.connection, terms)


async def test_connecting_twice_is_as_once(kept: KeptFlow, connection_store: ConnectionStore, time: Time) -> None:
    await kept.bring_to(FlowStatus.CONNECTED, time)
    before = await kept.read()
    later = a_new_connection(kept.flow, connection=a_connection(kept.flow, name="Another", secret_version=2))
    await kept.store.record_connected(kept.flow.id, later)
    assert await kept.read() == before
    connection = await connection_store.get(kept.flow.organisation_id, kept.flow.connection_id)
    assert connection == a_connection(kept.flow)


async def test_connecting_many_times_at_once_is_as_once(kept: KeptFlow, connection_store: ConnectionStore) -> None:
    await kept.start()
    await kept.claim()
    await asyncio.gather(*(kept.connect() for _ in range(10)))
    assert (await kept.read()).status is FlowStatus.CONNECTED
    page = await connection_store.list(kept.flow.organisation_id, ListQuery(first=10))
    assert (list(page.items), page.total) == ([a_connection(kept.flow)], 1)


async def test_a_flow_whose_grant_turns_up_after_all_is_connected(
    kept: KeptFlow, connection_store: ConnectionStore
) -> None:
    await kept.start()
    await kept.claim()
    await kept.interrupt()
    await kept.connect()
    assert (await kept.read()).status is FlowStatus.CONNECTED
    assert (await connection_store.get(kept.flow.organisation_id, kept.flow.connection_id)).secret_version == 1


async def test_a_failed_flow_tells_the_failure_and_no_later_one(kept: KeptFlow) -> None:
    await kept.start()
    await kept.claim()
    await kept.fail()
    await kept.store.record_failed(
        kept.flow.organisation_id, kept.flow.id, attrs.evolve(FAILURE, code="authorization_denied", error=None)
    )
    by_state = await kept.store.find_by_state(kept.state)
    assert (await kept.read()).failure == FAILURE
    assert by_state is not None
    assert by_state.failure == FAILURE


async def test_a_failure_without_the_providers_words_reads_back(kept: KeptFlow) -> None:
    await kept.start()
    await kept.claim()
    bare = attrs.evolve(FAILURE, error=None, description=None)
    await kept.store.record_failed(kept.flow.organisation_id, kept.flow.id, bare)
    assert (await kept.read()).failure == bare


@pytest.mark.parametrize("status", [FlowStatus.CONNECTED, FlowStatus.FAILED, FlowStatus.INTERRUPTED, FlowStatus.LAPSED])
async def test_24_hours_after_its_end_a_flow_is_not_there(kept: KeptFlow, time: Time, status: FlowStatus) -> None:
    await kept.bring_to(status, time)
    await time.passes(DAY - MINUTE)
    assert (await kept.read()).status is status
    assert await kept.store.find_by_state(kept.state) is not None
    await time.passes(MINUTE)
    with pytest.raises(NotFound):
        await kept.read()
    assert await kept.store.find_by_state(kept.state) is None
    assert await kept.store.find_by_ticket(kept.ticket) is None
    assert await kept.store.find_by_browser(kept.browser.fingerprint()) is None


async def test_a_connection_outlives_its_flow(kept: KeptFlow, connection_store: ConnectionStore, time: Time) -> None:
    await kept.bring_to(FlowStatus.CONNECTED, time)
    await time.passes(DAY)
    assert await connection_store.get(kept.flow.organisation_id, kept.flow.connection_id) == a_connection(kept.flow)


async def test_what_is_recorded_in_another_organisations_name_moves_no_flow(
    kept: KeptFlow, other_organisation: Organisation
) -> None:
    browser = kept.browser.fingerprint()
    assert not await kept.store.start(other_organisation.id, kept.ticket, browser_fingerprint=browser)
    await kept.start()
    await kept.claim()
    await kept.store.record_failed(other_organisation.id, kept.flow.id, FAILURE)
    await kept.store.record_interrupted(other_organisation.id, kept.flow.id)
    assert (await kept.read()).status is FlowStatus.FINISHING
