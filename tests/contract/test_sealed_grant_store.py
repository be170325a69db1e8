"""Every sentence of ``SealedGrantStore``, for each adapter."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import attrs
import pytest

from domain.access import Organisation
from domain.connections import Connection
from domain.errors import NotFound
from domain.flows import FlowStatus
from domain.ids import AttemptId, CredentialId
from domain.ports import Backlog, SealedGrant, SealedGrantStore, SealedGrantTaken, SecretKind, SecretPath, SetAside
from tests.contract.flow_steps import KeptFlow
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import an_id

HELD = 10.0
LATER = timedelta(seconds=HELD)


@pytest.fixture
def store(stores: Stores) -> SealedGrantStore:
    return stores.sealed_grants


def a_sealed_grant(connection: Connection, *, version: int = 4) -> SealedGrant:
    return SealedGrant(
        path=SecretPath(connection.organisation_id, SecretKind.CREDENTIAL, connection.credential_id),
        version=version,
        attempt=an_id(AttemptId),
        sealed_key="vault:v1:AAAA",
        ciphertext=b"\x00ciphertext\xff",
    )


@pytest.fixture
async def sealed(store: SealedGrantStore, connection: Connection) -> SealedGrant:
    """One that its maker still has."""
    await store.add(sealed := a_sealed_grant(connection), seconds=HELD)
    return sealed


async def taken_waiting(store: SealedGrantStore, *, first: int = 10) -> Sequence[SealedGrant]:
    return await store.take_waiting(first=first, seconds=HELD)


async def test_what_was_added_is_found_at_its_path_alone(store: SealedGrantStore, sealed: SealedGrant) -> None:
    assert await store.of(sealed.path) == [sealed]
    assert await store.of(attrs.evolve(sealed.path, id=an_id(CredentialId))) == []


async def test_added_twice_it_is_there_once(store: SealedGrantStore, sealed: SealedGrant) -> None:
    await store.add(sealed, seconds=HELD)
    assert await store.of(sealed.path) == [sealed]


async def test_those_of_a_path_come_by_their_version(
    store: SealedGrantStore, sealed: SealedGrant, connection: Connection
) -> None:
    await store.add(before := a_sealed_grant(connection, version=sealed.version - 1), seconds=HELD)
    await store.add(after := a_sealed_grant(connection, version=sealed.version + 1), seconds=HELD)
    assert await store.of(sealed.path) == [before, sealed, after]


async def test_it_belongs_to_a_flow_that_is_not_over_for_good(
    store: SealedGrantStore, kept: KeptFlow, time: Time
) -> None:
    path = SecretPath(kept.flow.organisation_id, SecretKind.CREDENTIAL, kept.flow.credential_id)
    grant = SealedGrant(path=path, version=1, attempt=an_id(AttemptId), sealed_key="vault:v1:AA", ciphertext=b"c")
    with pytest.raises(NotFound):
        await store.add(grant, seconds=HELD)
    await kept.bring_to(FlowStatus.FINISHING, time)
    await store.add(grant, seconds=HELD)
    await kept.interrupt()
    await store.add(other := attrs.evolve(grant, attempt=an_id(AttemptId)), seconds=HELD)
    assert set(await store.of(path)) == {grant, other}


async def test_it_belongs_to_nothing_once_its_connection_is_being_deleted(
    stores: Stores, store: SealedGrantStore, connection: Connection
) -> None:
    await stores.connection_records.begin_deleting(connection.organisation_id, connection.id)
    with pytest.raises(NotFound):
        await store.add(sealed := a_sealed_grant(connection), seconds=HELD)
    assert await store.of(sealed.path) == []


async def test_it_belongs_to_nothing_of_another_organisation(
    store: SealedGrantStore, connection: Connection, other_organisation: Organisation
) -> None:
    sealed = a_sealed_grant(connection)
    elsewhere = attrs.evolve(sealed, path=attrs.evolve(sealed.path, organisation_id=other_organisation.id))
    with pytest.raises(NotFound):
        await store.add(elsewhere, seconds=HELD)


async def test_its_maker_has_it_for_a_while(store: SealedGrantStore, sealed: SealedGrant, time: Time) -> None:
    with pytest.raises(SealedGrantTaken):
        await store.take(sealed, seconds=HELD)
    assert await taken_waiting(store) == []
    await time.passes(LATER)
    assert await store.take(sealed, seconds=HELD)


async def test_released_it_is_anybodys_at_once(store: SealedGrantStore, sealed: SealedGrant) -> None:
    await store.release(sealed)
    assert await taken_waiting(store) == [sealed]


async def test_what_is_gone_or_set_aside_is_not_taken(store: SealedGrantStore, sealed: SealedGrant) -> None:
    await store.set_aside(sealed, SetAside.UNOPENED)
    assert not await store.take(sealed, seconds=HELD)
    assert await taken_waiting(store) == []
    assert await store.of(sealed.path) == [attrs.evolve(sealed, set_aside=SetAside.UNOPENED)]
    for _ in range(2):
        await store.remove(sealed)
    assert not await store.take(sealed, seconds=HELD)
    assert await store.of(sealed.path) == []


async def test_removing_tells_whether_it_was_given_up_meanwhile(
    stores: Stores, store: SealedGrantStore, sealed: SealedGrant, connection: Connection, time: Time
) -> None:
    for _ in range(2):
        assert await store.remove(sealed)
    await store.add(sealed, seconds=HELD)
    await stores.connection_records.begin_deleting(connection.organisation_id, connection.id)
    await time.passes(LATER)
    await store.give_up(sealed.path)
    assert not await store.remove(sealed)


async def test_what_is_still_there_was_not_given_up(
    stores: Stores, store: SealedGrantStore, sealed: SealedGrant, connection: Connection
) -> None:
    await stores.connection_records.begin_deleting(connection.organisation_id, connection.id)
    assert await store.remove(sealed)


async def test_of_many_that_take_the_same_one_has_it(store: SealedGrantStore, sealed: SealedGrant) -> None:
    await store.release(sealed)
    answers = await asyncio.gather(*(store.take(sealed, seconds=HELD) for _ in range(8)), return_exceptions=True)
    assert [answer for answer in answers if not isinstance(answer, SealedGrantTaken)] == [True]


async def test_of_many_that_take_what_waits_each_has_others(store: SealedGrantStore, connection: Connection) -> None:
    grants = {a_sealed_grant(connection) for _ in range(8)}  # as of eight fenced-out rivals: all of one version
    for grant in grants:
        await store.add(grant, seconds=0)
    batches = await asyncio.gather(*(taken_waiting(store, first=2) for _ in range(8)))
    taken = [grant for batch in batches for grant in batch] + list(await taken_waiting(store, first=8))
    assert len(taken) == 8
    assert set(taken) == grants


async def test_of_a_path_the_lowest_version_is_taken_first(
    store: SealedGrantStore, sealed: SealedGrant, connection: Connection
) -> None:
    await store.add(after := a_sealed_grant(connection, version=sealed.version + 1), seconds=0)
    assert await taken_waiting(store) == []
    await store.release(sealed)
    assert await taken_waiting(store) == [sealed]
    await store.set_aside(sealed, SetAside.UNOPENED)
    assert await taken_waiting(store) == []
    await store.remove(sealed)
    assert await taken_waiting(store) == [after]


async def test_one_that_was_superseded_holds_up_none(
    store: SealedGrantStore, sealed: SealedGrant, connection: Connection
) -> None:
    await store.set_aside(sealed, SetAside.SUPERSEDED)
    await store.add(after := a_sealed_grant(connection, version=sealed.version + 1), seconds=0)
    assert await taken_waiting(store) == [after]


async def test_given_up_nothing_of_the_path_is_left(
    store: SealedGrantStore, sealed: SealedGrant, connection: Connection
) -> None:
    await store.set_aside(sealed, SetAside.UNOPENED)
    await store.add(a_sealed_grant(connection, version=sealed.version + 1), seconds=0)
    for _ in range(2):
        await store.give_up(sealed.path)
    assert await store.of(sealed.path) == []


async def test_what_somebody_is_writing_is_not_given_up(
    store: SealedGrantStore, sealed: SealedGrant, time: Time
) -> None:
    with pytest.raises(SealedGrantTaken):
        await store.give_up(sealed.path)
    assert await store.of(sealed.path) == [sealed]
    await time.passes(LATER)
    await store.give_up(sealed.path)
    assert await store.of(sealed.path) == []


async def test_the_backlog_counts_what_waits_and_what_is_set_aside(
    store: SealedGrantStore, sealed: SealedGrant, connection: Connection, time: Time
) -> None:
    await time.passes(timedelta(hours=1))
    await store.add(a_sealed_grant(connection, version=sealed.version + 1), seconds=HELD)
    before = await store.backlog()
    assert (before.waiting, before.set_aside) == (2, 0)
    assert 3600 <= before.seconds < 3700
    for grant in await store.of(sealed.path):
        await store.set_aside(grant, SetAside.SUPERSEDED)
    assert await store.backlog() == Backlog(waiting=0, set_aside=2, seconds=0)
