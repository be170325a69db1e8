"""Audit events, appended with what they tell of and never changed; all of it as the service's own role."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from adapters.postgres.acting import ContextActing
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import Reach, ask, within
from domain.audit import Actor
from domain.errors import StorageUnavailable
from domain.ids import AuditEventId, OrganisationId, Ulid
from domain.oauth.revocation import Revocation
from tests.contract.connecting import connect
from tests.contract.keeping import keep
from tests.contract.stores import postgres_stores
from tests.integration.postgres.two_organisations import Two
from tests.support.domain_examples import a_flow, a_new_connection, an_app, an_organisation
from tests.support.postgres import behind

HOUR = timedelta(hours=1)
ALICE = Actor(principal_id="alice", principal_name="Alice \0\ud800", request_id="r1", source_address="192.0.2.1")


async def events_of(pool: Pool, organisation_id: OrganisationId) -> Sequence[Row]:
    """In the order in which they were appended."""
    return (await ask(pool, organisation_id, "SELECT * FROM audit_events ORDER BY created_at")).rows


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET result = 'ok'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "INSERT INTO audit_events SELECT * FROM audit_events ON CONFLICT (id) DO UPDATE SET result = 'failed'",
    ],
)
async def test_the_services_role_neither_changes_nor_removes_an_event(two: Two, statement: str) -> None:
    before = await events_of(two.pool, two.ours)
    for reach in (None, *Reach):
        with pytest.raises(StorageUnavailable) as refusal:
            await ask(two.pool, two.ours, statement, reach=reach)
        assert isinstance(refusal.value.__cause__, psycopg.errors.InsufficientPrivilege)
    assert await events_of(two.pool, two.ours) == before
    assert before


async def test_an_event_names_who_acted_and_for_which_request(postgres_pool: Pool) -> None:
    stores, organisation = postgres_stores(postgres_pool), an_organisation()
    with ContextActing().under(ALICE):
        await stores.organisations.add(organisation)
    [event] = await events_of(postgres_pool, organisation.id)
    assert event["action"] == "organisation.created"
    assert (event["principal_id"], event["principal_name"]) == ("alice", "Alice ?")
    assert (event["request_id"], event["source_address"]) == ("r1", "192.0.2.1")


async def test_what_nobody_asked_for_is_switchboards(postgres_pool: Pool) -> None:
    await postgres_stores(postgres_pool).organisations.add(organisation := an_organisation())
    [event] = await events_of(postgres_pool, organisation.id)
    assert (event["principal_id"], event["request_id"]) == ("switchboard", None)


async def test_what_is_rolled_back_leaves_no_event(postgres_pool: Pool) -> None:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())

    async def delete_and_fail() -> None:
        async with within(postgres_pool, organisation.id) as connection:
            await connection.execute("UPDATE organisations SET deleting_at = clock_timestamp()")
            await connection.execute("DELETE FROM organisations")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await delete_and_fail()
    assert [event["action"] for event in await events_of(postgres_pool, organisation.id)] == ["organisation.created"]


async def test_more_is_told_of_what_a_statement_does(postgres_pool: Pool) -> None:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    statement = "UPDATE apps SET deleted_at = clock_timestamp(), relay_callback_key = NULL"
    await ask(postgres_pool, organisation.id, statement, detail={"leftStanding": True})
    event = (await events_of(postgres_pool, organisation.id))[-1]
    assert event["action"] == "app.deleted"
    assert event["detail"] == {"name": app.name, "public": app.public, "leftStanding": True}


async def test_whoever_operates_the_database_prunes(two: Two) -> None:
    async with behind(two.pool) as connection:
        await connection.execute("DELETE FROM audit_events WHERE created_at < now() + interval '1 h'")
    assert await events_of(two.pool, two.ours) == []


async def test_what_another_goes_on_with_stays_the_deed_of_whoever_began_it(postgres_pool: Pool) -> None:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    connection = await connect(stores, organisation, app)
    credential = await keep(stores.credentials, organisation)
    with ContextActing().under(ALICE):
        await stores.connection_records.begin_deleting(organisation.id, connection.id)
        await stores.credentials.begin_removal(organisation.id, credential.id, seconds=0)
    assert await _deeds_of_alice(postgres_pool, organisation.id) == []
    await stores.connection_records.remove(organisation.id, connection.id, revocation=Revocation.NOT_OFFERED)
    await stores.credentials.remove([credential.id])
    assert await _deeds_of_alice(postgres_pool, organisation.id) == [
        ("connection.deleted", connection.id),
        ("credential.deleted", credential.id),
    ]


async def test_who_begins_to_revoke_has_revoked_and_whoever_deletes_it_later_has_deleted(postgres_pool: Pool) -> None:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    connection = await connect(stores, organisation, app)
    with ContextActing().under(ALICE):
        revoked = await stores.connection_records.begin_revoking(organisation.id, connection.id)
    await stores.connection_records.record_revoked(revoked, revocation=Revocation.REFUSED)
    await stores.connection_records.begin_deleting(organisation.id, connection.id)
    with ContextActing().under(ALICE):
        await stores.connection_records.remove(organisation.id, connection.id, revocation=Revocation.NOTHING_STORED)
    revoking, destroyed, deleted = (await events_of(postgres_pool, organisation.id))[-3:]
    assert (revoking["action"], revoking["principal_id"]) == ("connection.revoked", "alice")
    assert (destroyed["action"], destroyed["principal_id"]) == ("connection.grant_destroyed", "alice")
    assert destroyed["detail"]["revocation"] == "refused"
    assert (deleted["action"], deleted["principal_id"]) == ("connection.deleted", "switchboard")


async def test_what_expires_expires_by_switchboard(postgres_pool: Pool) -> None:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    with ContextActing().under(ALICE):
        credential = await keep(stores.credentials, organisation, expires_at=datetime.now(UTC) + HOUR)
    await stores.time.passes(2 * HOUR)
    await stores.credentials.take_due(first=1, seconds=60)
    await stores.credentials.remove([credential.id])
    event = (await events_of(postgres_pool, organisation.id))[-1]
    assert (event["action"], event["target_id"]) == ("credential.expired", credential.id)
    assert event["principal_id"] == "switchboard"


async def test_what_was_reserved_and_never_there_leaves_nothing(postgres_pool: Pool) -> None:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    before = await events_of(postgres_pool, organisation.id)
    new = a_new_connection(a_flow(organisation, app))
    await stores.connection_records.reserve(new)
    await stores.connection_records.remove(organisation.id, new.connection.id, revocation=Revocation.NOT_OFFERED)
    assert await events_of(postgres_pool, organisation.id) == before


async def test_identifiers_are_ulids_of_their_moment(postgres_pool: Pool) -> None:
    stores = postgres_stores(postgres_pool)
    for _ in range(20):
        await stores.organisations.add(organisation := an_organisation())
        [event] = await events_of(postgres_pool, organisation.id)
        assert AuditEventId(event["id"])[:10] == Ulid.of(event["created_at"], randomness=bytes(10))[:10]


async def _deeds_of_alice(pool: Pool, organisation_id: OrganisationId) -> list[tuple[str, str]]:
    deeds = [event for event in await events_of(pool, organisation_id) if event["principal_id"] == "alice"]
    return [(event["action"], event["target_id"]) for event in deeds]
