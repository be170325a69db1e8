"""What a copy of the database gives away, and what its constraints refuse."""

import psycopg
import pytest

from adapters.postgres.flow_secrets import FlowSecretsDamaged
from adapters.postgres.pool import Pool
from domain.flows import AuthorizationFlow, FlowStatus
from domain.ids import OrganisationId
from domain.secret import Secret
from tests.contract.flow_steps import KeptFlow
from tests.contract.stores import Stores, postgres_stores
from tests.support.domain_examples import (
    a_connection,
    a_flow,
    a_new_connection,
    an_api_key,
    an_app,
    an_organisation,
)
from tests.support.postgres import all_rows, behind


@pytest.fixture
def stores(postgres_pool: Pool) -> Stores:
    return postgres_stores(postgres_pool)


async def add_flow(stores: Stores) -> AuthorizationFlow:
    """A flow, and the organisation and app that it needs."""
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    return await stores.flows.add(a_flow(organisation, app), seconds_to_live=600)


def told(secret: Secret | None, rows: str) -> bool:
    """Whether the rows have the secret as text, or as the bytes that Postgres shows in hex."""
    assert secret is not None
    return secret.reveal() in rows or secret.reveal().encode().hex() in rows


async def test_no_row_ever_holds_a_flows_secret(stores: Stores, postgres_pool: Pool) -> None:
    kept = KeptFlow(stores.flows, await add_flow(stores))
    secrets = [kept.state, kept.ticket, kept.flow.code_verifier, kept.browser]
    for step in (kept.start, kept.claim, kept.connect):
        rows = await all_rows(postgres_pool)
        assert kept.flow.id in rows
        assert not any(told(secret, rows) for secret in secrets)
        await step()
    rows = await all_rows(postgres_pool)
    assert kept.flow.connection_id in rows
    assert not any(told(secret, rows) for secret in secrets)


async def test_a_claimed_flows_row_holds_no_verifier_in_any_form(stores: Stores, postgres_pool: Pool) -> None:
    kept = KeptFlow(stores.flows, await add_flow(stores))
    await kept.start()
    await kept.claim()
    async with behind(postgres_pool) as connection:
        [row] = await (await connection.execute("SELECT sealed_verifier FROM flows")).fetchall()
    assert row["sealed_verifier"] is None


async def test_the_same_secret_is_never_sealed_the_same(stores: Stores, postgres_pool: Pool) -> None:
    await add_flow(stores)
    await add_flow(stores)
    async with behind(postgres_pool) as connection:
        rows = await (await connection.execute("SELECT sealed_state, sealed_verifier FROM flows")).fetchall()
    assert len({sealed for row in rows for sealed in row.values()}) == 4


async def test_what_was_sealed_for_one_flow_is_not_opened_for_another(stores: Stores, postgres_pool: Pool) -> None:
    kept = KeptFlow(stores.flows, await add_flow(stores))
    await add_flow(stores)
    theft = """
        UPDATE flows SET sealed_verifier = (SELECT sealed_verifier FROM flows WHERE id <> %(id)s), sealed_state = NULL,
        ticket_hash = NULL
        WHERE id = %(id)s
    """
    async with behind(postgres_pool) as connection:
        await connection.execute(theft, {"id": kept.flow.id})
    with pytest.raises(FlowSecretsDamaged):
        await stores.flows.find_by_state(kept.state)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE flows SET state_hash = 'a state in the clear'",
        "UPDATE flows SET ticket_hash = 'a ticket in the clear'",
        "UPDATE flows SET browser_fingerprint = 'a cookie in the clear'",
        "UPDATE api_keys SET fingerprint = 'a key in the clear'",
        "UPDATE flows SET status = 'lapsed'",
        "UPDATE flows SET status = 'finishing'",
        "UPDATE flows SET status = 'connected', ended_at = now()",
        "UPDATE connections SET status = 'whatever'",
        "UPDATE connections SET secret_version = 0",
        "UPDATE api_keys SET roles = '{root}'",
        "UPDATE flows SET organisation_id = 'nobody'",
        "UPDATE flows SET app_organisation_id = 'another'",
        "UPDATE connections SET app_organisation_id = 'another'",
        "UPDATE apps SET organisation_id = 'another'",
        "UPDATE connections SET organisation_id = 'another'",
        "UPDATE credentials SET organisation_id = 'another'",
        "UPDATE credentials SET connection_id = NULL",
        "UPDATE credentials SET secret_version = 1",
        "UPDATE credentials SET removing = TRUE",
        "UPDATE credentials SET next_version = 2",
        "UPDATE credentials SET type = 'raw'",
    ],
)
async def test_what_no_row_may_be_is_refused(stores: Stores, postgres_pool: Pool, statement: str) -> None:
    await stores.organisations.add(another := an_organisation(id=OrganisationId("another")))
    await stores.api_keys.add(an_api_key(another))
    await KeptFlow(stores.flows, await add_flow(stores)).bring_to(FlowStatus.CONNECTED, stores.time)
    await add_flow(stores)
    async with behind(postgres_pool) as connection:
        with pytest.raises(psycopg.IntegrityError):
            await connection.execute(statement.encode())


async def test_a_connection_that_cannot_be_recorded_leaves_its_flow_as_it_was(stores: Stores) -> None:
    first, second = [KeptFlow(stores.flows, await add_flow(stores)) for _ in range(2)]
    for kept in (first, second):
        await kept.start()
        await kept.claim()
    await first.connect()
    before = await second.read()
    stolen = a_new_connection(second.flow, connection=a_connection(second.flow, id=first.flow.connection_id))
    with pytest.raises(psycopg.IntegrityError):
        await stores.flows.record_connected(second.flow.id, stolen)
    assert await second.read() == before
