"""What is remembered is used while it is proven, looked up again when it may have changed, and bounded."""

import asyncio
import tracemalloc
from datetime import timedelta

import attrs
import pytest

from adapters.memory.hints import MemoryHints
from app.use_cases.current_grants import CurrentGrants
from app.use_cases.in_flight import InFlight
from app.use_cases.remembered import Remembered
from app.use_cases.store_outage import StoreOutage
from domain.connections import Connection
from domain.errors import NotFound, StorageUnavailable
from domain.ids import AppId, ConnectionId, CredentialId
from domain.ports import Hint, HintKind
from domain.secret import Secret
from tests.support.domain_examples import a_connection, a_flow, a_grant, an_app, an_id, an_organisation
from tests.support.identities import MovableClock


@pytest.fixture
def hints() -> MemoryHints:
    return MemoryHints()


@pytest.fixture
def memory(hints: MemoryHints) -> Remembered[str, str]:
    return Remembered(hints=hints, most=2, grace_seconds=30)


def look_up(memory: Remembered[str, str], key: str, value: str) -> None:
    with memory.reading(key) as reading:
        memory.keep(reading, value)


def test_what_was_looked_up_is_proven_while_hints_are_heard(memory: Remembered[str, str], hints: MemoryHints) -> None:
    look_up(memory, "key", "value")
    assert memory.get("key") == "value"
    hints.silent = True
    assert memory.get("key") is None
    hints.silent = False
    assert memory.get("key") == "value"


def test_a_hint_during_a_look_up_outdates_it(memory: Remembered[str, str]) -> None:
    with memory.reading("key") as reading, memory.reading("key") as other:
        memory.drop("key")
        memory.keep(reading, "old")
        memory.keep(other, "old")
    assert memory.last("key") is None


def test_hints_that_may_be_missed_leave_nothing_proven_and_outdate_look_ups(memory: Remembered[str, str]) -> None:
    look_up(memory, "key", "value")
    with memory.reading("other") as reading:
        memory.missed()
        memory.keep(reading, "old")
    assert (memory.get("key"), memory.trusted("key"), memory.last("key")) == (None, None, "value")
    assert memory.last("other") is None
    look_up(memory, "key", "value")
    assert memory.get("key") == "value"


def test_what_was_used_longest_ago_is_forgotten_first_and_the_unproven_before_it(
    memory: Remembered[str, str],
) -> None:
    look_up(memory, "a", "1")
    look_up(memory, "b", "2")
    assert memory.get("a") == "1"
    look_up(memory, "c", "3")
    assert [memory.get(key) for key in "abc"] == ["1", None, "3"]
    memory.missed()
    look_up(memory, "d", "4")
    assert [memory.last(key) for key in "acd"] == [None, "3", "4"]


def test_what_is_dropped_by_what_it_is_is_gone_proven_or_not(memory: Remembered[str, str]) -> None:
    look_up(memory, "a", "gone")
    memory.missed()
    look_up(memory, "b", "gone")
    memory.drop_where(lambda value: value == "gone")
    assert (memory.last("a"), memory.last("b")) == (None, None)


async def test_an_outage_once_found_is_not_waited_for_again() -> None:
    outage, asked = StoreOutage(InFlight()), []

    async def fail() -> str:
        asked.append(1)
        raise StorageUnavailable

    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            await outage.ask(fail)
    assert len(asked) == 1


async def test_a_store_that_does_not_answer_is_given_up_on_and_its_answer_left_to_come() -> None:
    in_flight = InFlight()
    outage, answered = StoreOutage(in_flight), asyncio.Event()

    async def hang() -> bool:
        return await answered.wait()

    with pytest.raises(StorageUnavailable):
        await outage.ask(hang)
    answered.set()
    await in_flight.drain(seconds=30)


async def test_a_refusal_is_an_answer() -> None:
    outage = StoreOutage(InFlight())

    async def refuse() -> str:
        raise NotFound

    for _ in range(2):
        with pytest.raises(NotFound):
            await outage.ask(refuse)


CLOCK = MovableClock()


def a_known_connection() -> Connection:
    organisation = an_organisation()
    return a_connection(a_flow(organisation, an_app(organisation)))


def some_grants(hints: MemoryHints, *, most: int = 100_000) -> CurrentGrants:
    return CurrentGrants.of(CLOCK, hints, most=most, grace_seconds=30)


def test_a_token_that_is_over_is_never_answered(hints: MemoryHints) -> None:
    grants, connection = some_grants(hints), a_known_connection()
    ends = CLOCK.now() + timedelta(hours=1)
    with grants.reading(connection.id) as reading:
        grants.keep(reading, connection, a_grant(obtained_at=CLOCK.now(), expires_at=ends).access())
    later = CurrentGrants(MovableClock(ends), hints, grants.memory)
    assert grants.get(connection.id, minimum_validity=60) is not None
    assert later.get(connection.id, minimum_validity=0) is None
    assert later.trusted(connection.id, rejected=None) is None
    assert later.confirmed(connection, rejected=None) is None


def test_a_connection_that_changed_or_whose_organisation_goes_is_forgotten(hints: MemoryHints) -> None:
    grants = some_grants(hints)
    for kind, name in ((HintKind.CONNECTION, "id"), (HintKind.ORGANISATION, "organisation_id")):
        connection = a_known_connection()
        with grants.reading(connection.id) as reading:
            grants.keep(reading, connection, a_grant(expires_at=None).access())
        assert grants.get(connection.id, minimum_validity=0) is not None
        hints.publish(Hint(kind, getattr(connection, name)))
        assert grants.get(connection.id, minimum_validity=0) is None


def test_no_token_is_shown(hints: MemoryHints) -> None:
    grants, connection = some_grants(hints), a_known_connection()
    with grants.reading(connection.id) as reading:
        grants.keep(reading, connection, a_grant(access_token=Secret("canary")).access())
    assert "canary" not in repr(grants)


def test_each_further_token_costs_less_than_a_kilobyte(hints: MemoryHints) -> None:
    grants, connection = some_grants(hints), a_known_connection()
    number = 5_000
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for count in range(number):
            ours = attrs.evolve(
                connection,
                id=an_id(ConnectionId),
                app_id=AppId(str(connection.app_id)),
                credential_id=an_id(CredentialId),
            )
            grant = a_grant(
                access_token=Secret(f"{count:0267}"),
                scope="read all",
                obtained_at=CLOCK.now() + timedelta(seconds=count),
                expires_at=CLOCK.now() + timedelta(hours=1, seconds=count),
            )
            asked_for = ConnectionId(str(ours.id))  # of the request's path, not of the row
            with grants.reading(asked_for) as reading:
                grants.keep(reading, ours, grant.access())
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / number < 1000
