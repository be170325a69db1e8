import asyncio
from datetime import timedelta

import attrs
import pytest

from domain.access import Organisation
from domain.connections import Connection, ConnectionStatus
from domain.errors import NotFound
from domain.ids import ConnectionId, CredentialId
from domain.oauth.revocation import Revocation
from domain.ports import ConnectionStore, Lease, LeaseLost, NotNow, RefreshLeases
from domain.refreshes import Journal, Presented
from tests.contract.leasing import SECONDS, taken
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import a_grant, an_id

PAST = timedelta(seconds=SECONDS + 1)
TOKEN = Presented(token_fingerprint="a" * 64, secret_version=3)
OTHER_TOKEN = Presented(token_fingerprint="b" * 64, secret_version=3)


async def test_of_two_takings_at_once_one_has_the_lease(leases: RefreshLeases, connection: Connection) -> None:
    at_once = [leases.take(connection.organisation_id, connection.id, seconds=SECONDS) for _ in range(5)]
    answers = await asyncio.gather(*at_once)
    assert [type(answer) for answer in answers].count(Lease) == 1
    assert [answer for answer in answers if not isinstance(answer, Lease)] == [NotNow(None, connection)] * 4


async def test_a_lease_brings_the_connection_as_recorded(leases: RefreshLeases, connection: Connection) -> None:
    lease = await taken(leases, connection)
    assert (lease.connection.id, lease.connection.secret_version) == (connection.id, 3)
    assert (lease.journal, lease.failures, lease.illness) == (None, 0, None)


async def test_a_released_lease_is_taken_with_a_higher_fence(leases: RefreshLeases, connection: Connection) -> None:
    first = await taken(leases, connection)
    for _ in range(2):
        await leases.release(first)
    assert (await taken(leases, connection)).fence > first.fence


async def test_a_lease_is_taken_over_once_its_seconds_have_passed(
    leases: RefreshLeases, connection: Connection, time: Time
) -> None:
    first = await taken(leases, connection)
    assert await leases.take(connection.organisation_id, connection.id, seconds=SECONDS) == NotNow(None, connection)
    await time.passes(PAST)
    assert (await taken(leases, connection)).fence > first.fence


async def test_a_lease_that_lapsed_is_still_its_holders_until_somebody_takes_it(
    leases: RefreshLeases, connection: Connection, time: Time
) -> None:
    lease = await taken(leases, connection)
    await time.passes(PAST)
    assert await leases.journal(lease, TOKEN, seconds=SECONDS) == 1
    assert await leases.take(connection.organisation_id, connection.id, seconds=SECONDS) == NotNow(None, connection)


async def test_a_journal_begins_the_seconds_anew(leases: RefreshLeases, connection: Connection, time: Time) -> None:
    lease = await taken(leases, connection)
    await time.passes(timedelta(seconds=SECONDS - 1))
    await leases.journal(lease, TOKEN, seconds=SECONDS)
    await time.passes(timedelta(seconds=SECONDS - 1))
    assert await leases.take(connection.organisation_id, connection.id, seconds=SECONDS) == NotNow(None, connection)


async def test_c42_a_holder_that_was_overtaken_changes_nothing_of_the_lease(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection, time: Time
) -> None:
    lost = await taken(leases, connection)
    await time.passes(PAST)
    await taken(leases, connection)
    with pytest.raises(LeaseLost):
        await leases.journal(lost, TOKEN, seconds=SECONDS)
    await leases.release(lost)
    await leases.rest(lost, seconds=SECONDS, sent=0)
    assert not await leases.end(lost, reason="invalid_grant", secret_version=9)
    assert await leases.take(connection.organisation_id, connection.id, seconds=SECONDS) == NotNow(None, connection)
    kept = await connection_store.get(connection.organisation_id, connection.id)
    assert kept.status is ConnectionStatus.ACTIVE


async def test_what_an_overtaken_holder_secured_is_recorded_by_its_version(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection, time: Time
) -> None:
    lost = await taken(leases, connection)
    await time.passes(PAST)
    await taken(leases, connection)
    assert not await leases.record(lost, a_grant(), secret_version=4)
    recorded = await connection_store.get(connection.organisation_id, connection.id)
    assert recorded.secret_version == 4
    assert await leases.take(connection.organisation_id, connection.id, seconds=SECONDS) == NotNow(None, recorded)


async def test_a_newer_grant_revives_a_connection_that_was_thought_over(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection, time: Time
) -> None:
    paused = await taken(leases, connection)
    await time.passes(PAST)
    assert await leases.end(await taken(leases, connection), reason="rotation_lost", secret_version=3)
    await leases.record(paused, a_grant(), secret_version=3)
    over = await connection_store.get(connection.organisation_id, connection.id)
    assert (over.status, over.status_reason) == (ConnectionStatus.NEEDS_REAUTHORIZATION, "rotation_lost")
    await leases.record(paused, a_grant(), secret_version=4)
    alive = await connection_store.get(connection.organisation_id, connection.id)
    assert (alive.status, alive.status_reason) == (ConnectionStatus.ACTIVE, None)


async def test_nothing_is_recorded_for_another_credential(
    stores: Stores, connection: Connection, connection_store: ConnectionStore
) -> None:
    lease = await taken(stores.leases, connection)
    moved = attrs.evolve(lease.connection, credential_id=an_id(CredentialId))
    elsewhere = attrs.evolve(lease, connection=moved)
    assert await stores.leases.record(elsewhere, a_grant(), secret_version=9)
    assert (await connection_store.get(connection.organisation_id, connection.id)).secret_version == 3


async def test_the_journal_counts_how_often_a_token_is_sent(leases: RefreshLeases, connection: Connection) -> None:
    lease = await taken(leases, connection)
    assert [await leases.journal(lease, TOKEN, seconds=SECONDS) for _ in range(2)] == [1, 2]
    assert await leases.journal(lease, OTHER_TOKEN, seconds=SECONDS) == 1


async def test_the_journal_outlives_its_holder(leases: RefreshLeases, connection: Connection, time: Time) -> None:
    lease = await taken(leases, connection)
    await leases.journal(lease, TOKEN, seconds=SECONDS)
    await time.passes(PAST)
    later = await taken(leases, connection)
    assert later.journal == Journal(presented=TOKEN, sent=1, rested=False)
    assert await leases.journal(later, TOKEN, seconds=SECONDS) == 2


async def test_a_record_settles_the_journal_and_releases_the_lease(
    leases: RefreshLeases, connection_store: ConnectionStore, connection: Connection, time: Time
) -> None:
    lease = await taken(leases, connection)
    await leases.rest(lease, seconds=1, sent=None)
    await time.passes(timedelta(seconds=2))
    lease = await taken(leases, connection)
    await leases.journal(lease, TOKEN, seconds=SECONDS)
    grant = a_grant()
    assert await leases.record(lease, grant, secret_version=4)
    read = await connection_store.get(connection.organisation_id, connection.id)
    assert (read.secret_version, read.token_expires_at) == (4, grant.expires_at)
    assert read.scopes == ("read", "a")
    later = await taken(leases, connection)
    assert (later.journal, later.failures) == (None, 0)


async def test_a_resting_connection_is_not_taken_before_its_time(
    leases: RefreshLeases, connection: Connection, time: Time
) -> None:
    lease = await taken(leases, connection)
    await leases.journal(lease, TOKEN, seconds=SECONDS)
    await leases.rest(lease, seconds=100, sent=0)
    resting = await leases.take(connection.organisation_id, connection.id, seconds=SECONDS)
    assert isinstance(resting, NotNow)
    assert resting.resting_seconds is not None
    assert 90 < resting.resting_seconds <= 100
    await time.passes(timedelta(seconds=101))
    lease = await taken(leases, connection)
    assert (lease.failures, lease.journal) == (1, Journal(presented=TOKEN, sent=0, rested=True))
    await leases.rest(lease, seconds=100, sent=None)
    assert (await taken(leases, connection, through_rest=True)).failures == 2


async def test_what_is_sent_after_a_rest_has_not_rested(
    leases: RefreshLeases, connection: Connection, time: Time
) -> None:
    lease = await taken(leases, connection)
    await leases.journal(lease, TOKEN, seconds=SECONDS)
    await leases.rest(lease, seconds=1, sent=None)
    await time.passes(timedelta(seconds=2))
    await leases.journal(await taken(leases, connection), TOKEN, seconds=SECONDS)
    await time.passes(PAST)
    assert (await taken(leases, connection)).journal == Journal(presented=TOKEN, sent=2, rested=False)


async def test_nobody_takes_the_lease_of_another_organisations_or_of_no_connection(
    leases: RefreshLeases, connection: Connection, other_organisation: Organisation
) -> None:
    with pytest.raises(NotFound):
        await leases.take(other_organisation.id, connection.id, seconds=SECONDS)
    with pytest.raises(NotFound):
        await leases.take(connection.organisation_id, an_id(ConnectionId), seconds=SECONDS)


async def test_a_deleted_connection_takes_its_lease_along(stores: Stores, connection: Connection) -> None:
    lease = await taken(stores.leases, connection)
    await stores.connection_records.begin_deleting(connection.organisation_id, connection.id)
    with pytest.raises(NotFound):
        await stores.leases.take(connection.organisation_id, connection.id, seconds=SECONDS)
    await stores.leases.record(lease, a_grant(), secret_version=4)
    await stores.connection_records.remove(connection.organisation_id, connection.id, revocation=Revocation.NOT_OFFERED)
    await stores.leases.release(lease)
