"""Terms that are announced for a version of the data, and hold once that is settled."""

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from domain.access import Organisation
from domain.connections import Connection
from domain.credentials import CredentialType
from domain.errors import NotFound
from domain.ids import CredentialId
from domain.ports import AnnouncedCredential, CredentialBusy, CredentialRecord, CredentialStore
from tests.contract.keeping import SECONDS, keep, some_terms
from tests.contract.stores import Time
from tests.support.domain_examples import an_id

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
RAW = some_terms(name="new", type=CredentialType.RAW, redact_fields=(), expires_at=datetime.now(UTC) + HOUR)


@pytest.fixture
async def record(credential_store: CredentialStore, organisation: Organisation) -> CredentialRecord:
    return await keep(credential_store, organisation)


def announced(record: CredentialRecord, *, version: int = 2) -> AnnouncedCredential:
    return AnnouncedCredential(organisation_id=record.organisation_id, id=record.id, version=version)


async def announce(store: CredentialStore, record: CredentialRecord, *, version: int = 2, seconds: float = 60) -> None:
    await store.announce(record.organisation_id, record.id, RAW, version=version, seconds=seconds)


async def test_announced_terms_hold_once_they_are_settled_and_not_before(
    credential_store: CredentialStore, record: CredentialRecord
) -> None:
    await announce(credential_store, record)
    assert await credential_store.get(record.organisation_id, record.id) == record
    settled = await credential_store.settle(record.organisation_id, record.id, version=2)
    assert settled == attrs.evolve(record, terms=RAW, secret_version=2, updated_at=settled.updated_at)
    assert settled.updated_at >= record.updated_at
    assert await credential_store.settle(record.organisation_id, record.id, version=2) == settled


async def test_settling_what_was_not_announced_changes_nothing(
    credential_store: CredentialStore, record: CredentialRecord
) -> None:
    assert await credential_store.settle(record.organisation_id, record.id, version=2) == record
    await announce(credential_store, record)
    assert await credential_store.settle(record.organisation_id, record.id, version=3) == record


async def test_of_two_announcements_at_once_one_is_kept(
    credential_store: CredentialStore, record: CredentialRecord
) -> None:
    answers = await asyncio.gather(*(announce(credential_store, record) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers if answer is not None] == [CredentialBusy] * 4


@pytest.mark.parametrize("version", [1, 3])
async def test_only_the_next_version_can_be_announced(
    version: int, credential_store: CredentialStore, record: CredentialRecord
) -> None:
    with pytest.raises(CredentialBusy):
        await announce(credential_store, record, version=version)


async def test_what_was_given_up_may_be_announced_anew(
    credential_store: CredentialStore, record: CredentialRecord, time: Time
) -> None:
    await announce(credential_store, record)
    await time.passes(HOUR / 2)
    await announce(credential_store, record)
    assert (await credential_store.settle(record.organisation_id, record.id, version=2)).terms == RAW


async def test_what_was_not_settled_in_time_is_taken_once(
    credential_store: CredentialStore, record: CredentialRecord, organisation: Organisation, time: Time
) -> None:
    await announce(credential_store, record)
    await credential_store.add(organisation.id, an_id(CredentialId), some_terms(), seconds=1)
    assert await credential_store.take_unsettled(first=10, seconds=SECONDS) == []
    await time.passes(2 * MINUTE)
    assert await credential_store.take_unsettled(first=10, seconds=SECONDS) == [announced(record)]
    assert await credential_store.take_unsettled(first=10, seconds=SECONDS) == []
    await time.passes(2 * MINUTE)
    assert await credential_store.take_unsettled(first=10, seconds=SECONDS) == [announced(record)]


async def test_what_is_withdrawn_never_holds(
    credential_store: CredentialStore, record: CredentialRecord, time: Time
) -> None:
    await announce(credential_store, record)
    await credential_store.withdraw(announced(record, version=3))
    await time.passes(2 * MINUTE)
    assert len(await credential_store.take_unsettled(first=10, seconds=SECONDS)) == 1
    await credential_store.withdraw(announced(record))
    assert await credential_store.settle(record.organisation_id, record.id, version=2) == record
    await announce(credential_store, record)


async def test_what_a_connection_owns_is_not_announced_and_not_removed(
    credential_store: CredentialStore, connection: Connection
) -> None:
    key = (connection.organisation_id, connection.credential_id)
    before = await credential_store.get(*key)
    with pytest.raises(NotFound):
        await credential_store.announce(*key, RAW, version=connection.secret_version + 1, seconds=SECONDS)
    with pytest.raises(NotFound):
        await credential_store.begin_removal(*key, seconds=SECONDS)
    assert await credential_store.get(*key) == before
