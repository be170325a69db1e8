"""What is due is taken in batches, once, and removed."""

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import ConnectionStatus
from domain.errors import NotFound
from domain.ids import CredentialId
from domain.ports import CredentialStore
from tests.contract.connecting import connect
from tests.contract.keeping import SECONDS, keep, some_terms
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import an_id

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def test_what_expired_is_taken_once_the_longest_due_first(
    credential_store: CredentialStore, organisation: Organisation, time: Time
) -> None:
    now = datetime.now(UTC)
    later, sooner, _ = [
        await keep(credential_store, organisation, expires_at=now + after) for after in (HOUR, HOUR / 2, 5 * HOUR)
    ]
    await keep(credential_store, organisation)
    assert await credential_store.take_due(first=10, seconds=SECONDS) == []
    await time.passes(2 * HOUR)
    assert await credential_store.take_due(first=1, seconds=SECONDS) == [(organisation.id, sooner.id)]
    assert await credential_store.take_due(first=10, seconds=SECONDS) == [(organisation.id, later.id)]
    assert await credential_store.take_due(first=10, seconds=SECONDS) == []


async def test_of_many_that_take_at_once_each_gets_its_own(
    credential_store: CredentialStore, organisation: Organisation, time: Time
) -> None:
    expires_at = datetime.now(UTC) + HOUR
    kept = [await keep(credential_store, organisation, expires_at=expires_at) for _ in range(20)]
    await time.passes(2 * HOUR)
    batches = await asyncio.gather(*(credential_store.take_due(first=6, seconds=SECONDS) for _ in range(8)))
    taken = [credential_id for batch in batches for _, credential_id in batch]
    taken += [credential_id for _, credential_id in await credential_store.take_due(first=20, seconds=SECONDS)]
    assert sorted(taken) == sorted(record.id for record in kept)


async def test_what_was_taken_and_not_removed_is_due_again(
    credential_store: CredentialStore, organisation: Organisation, time: Time
) -> None:
    record = await keep(credential_store, organisation, expires_at=datetime.now(UTC) + HOUR)
    await time.passes(2 * HOUR)
    await credential_store.take_due(first=10, seconds=SECONDS)
    await time.passes(2 * MINUTE)
    assert await credential_store.take_due(first=10, seconds=SECONDS) == [(organisation.id, record.id)]
    await credential_store.remove([record.id])
    await credential_store.remove([record.id])
    await time.passes(HOUR)
    assert await credential_store.take_due(first=10, seconds=SECONDS) == []


async def test_what_is_being_removed_is_found_by_nobody_and_due_later(
    credential_store: CredentialStore, organisation: Organisation, time: Time
) -> None:
    record = await keep(credential_store, organisation)
    await credential_store.begin_removal(organisation.id, record.id, seconds=SECONDS)
    with pytest.raises(NotFound):
        await credential_store.get(organisation.id, record.id)
    with pytest.raises(NotFound):
        await credential_store.begin_removal(organisation.id, record.id, seconds=SECONDS)
    assert await credential_store.take_due(first=10, seconds=SECONDS) == []
    await time.passes(2 * MINUTE)
    assert await credential_store.take_due(first=10, seconds=SECONDS) == [(organisation.id, record.id)]


async def test_what_was_never_settled_is_due(
    credential_store: CredentialStore, organisation: Organisation, time: Time
) -> None:
    await credential_store.add(organisation.id, credential_id := an_id(CredentialId), some_terms(), seconds=SECONDS)
    await time.passes(2 * MINUTE)
    assert await credential_store.take_due(first=10, seconds=SECONDS) == [(organisation.id, credential_id)]
    with pytest.raises(NotFound):
        await credential_store.settle(organisation.id, credential_id, version=1)


async def test_what_is_announced_anew_is_not_due_before_that_is_settled(
    credential_store: CredentialStore, organisation: Organisation, time: Time
) -> None:
    now = datetime.now(UTC)
    record = await keep(credential_store, organisation, expires_at=now + HOUR)
    longer = some_terms(expires_at=now + 5 * HOUR)
    await credential_store.announce(organisation.id, record.id, longer, version=2, seconds=SECONDS)
    await time.passes(2 * HOUR)
    assert await credential_store.take_due(first=10, seconds=SECONDS) == []
    assert await credential_store.seconds_late() == 0
    assert (await credential_store.settle(organisation.id, record.id, version=2)).secret_version == 2


async def test_removing_forgets_nothing_whose_removal_did_not_begin(
    credential_store: CredentialStore, organisation: Organisation
) -> None:
    record = await keep(credential_store, organisation)
    await credential_store.remove([record.id])
    assert await credential_store.get(organisation.id, record.id) == record


async def test_a_connection_whose_credential_expired_needs_reauthorization(
    stores: Stores, organisation: Organisation, app: App, time: Time
) -> None:
    connection = await connect(stores, organisation, app, expires_at=datetime.now(UTC) + HOUR)
    other = await connect(stores, organisation, app)
    await time.passes(2 * HOUR)
    due = await stores.credentials.take_due(first=10, seconds=SECONDS)
    assert due == [(organisation.id, connection.credential_id)]
    await stores.credentials.remove([connection.credential_id])
    recorded = await stores.connections.get(organisation.id, connection.id)
    assert recorded == attrs.evolve(
        connection,
        status=ConnectionStatus.NEEDS_REAUTHORIZATION,
        status_reason="token_expired",
        updated_at=recorded.updated_at,
    )
    assert await stores.connections.get(organisation.id, other.id) == other


async def test_how_late_is_how_long_the_longest_due_has_been_due(
    credential_store: CredentialStore, organisation: Organisation, time: Time
) -> None:
    assert await credential_store.seconds_late() == 0
    for after in (HOUR, HOUR / 2):
        await keep(credential_store, organisation, expires_at=datetime.now(UTC) + after)
    assert await credential_store.seconds_late() == 0
    await time.passes(HOUR)
    assert await credential_store.seconds_late() == pytest.approx(1800, abs=60)
    await credential_store.take_due(first=10, seconds=SECONDS)
    assert await credential_store.seconds_late() == 0
