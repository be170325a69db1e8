"""C51 by `kill -9`: whatever step of a deletion its process dies at, another replica comes to its end."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.faults.world import World
from tests.support.failpoints import When
from tests.support.postgres import behind
from tests.support.service import Setting, a_setting, answered, refused

_TIME_PASSES = (
    "UPDATE connections SET updated_at = updated_at - interval '10 minutes' WHERE ending_since IS NOT NULL",
    "UPDATE refresh_leases SET held_until = clock_timestamp()",
)
_LEFT = """
SELECT id::text FROM connections WHERE organisation_id = %(id)s
UNION ALL SELECT id::text FROM credentials WHERE organisation_id = %(id)s
"""
_TOLD = "SELECT detail FROM audit_events WHERE target_id = %(id)s AND action = 'connection.deleted'"


@pytest.fixture
async def relay(world: World) -> AsyncIterator[Setting]:
    endpoint = world.provider.revocation_endpoint
    async with a_setting(world.victim.service, world.provider, relay=True, revocationEndpoint=endpoint) as relay:
        yield relay
    await world.well_again()


@pytest.mark.parametrize(
    ("step", "when"),
    [
        ("connection_records.begin_deleting", "after"),
        ("leases.take", "after"),
        ("exchanger.send", "after"),
        ("vault_secrets.destroy", "after"),
        ("connection_records.remove", "after"),
    ],
)
async def test_c51_a_deletion_that_was_killed_is_gone_on_with(
    world: World, relay: Setting, step: str, when: When
) -> None:
    connection_id = await relay.connection()
    world.victim.failpoints.arm(step, when, "kill")
    with pytest.raises(httpx.TransportError):
        await relay.caller.delete(f"connections/{connection_id}")
    await world.well_again()
    async with world.at_rescuer(relay.caller) as caller:
        refused(await caller.get(f"connections/{connection_id}"), 404, "not_found")
    async with behind(world.pool) as connection:
        async with asyncio.timeout(60):
            while await (await connection.execute(_LEFT, {"id": relay.caller.organisation_id})).fetchall():
                for statement in _TIME_PASSES:
                    await connection.execute(statement)
                await asyncio.sleep(0.5)
        events = await (await connection.execute(_TOLD, {"id": connection_id})).fetchall()
    assert [event["detail"]["revocation"] for event in events] in (["revoked"], ["nothing_stored"])
    below = f"{world.mount.mount}/metadata/{relay.caller.organisation_id}/credentials"
    _, listed = await world.mount.as_root("LIST", below)
    assert not listed.get("data")
    [grant] = (await world.provider.ledger(relay.client_id)).grants
    assert grant.revoked


async def test_what_was_authorised_again_and_not_recorded_is_recorded_by_another_replica(
    world: World, relay: Setting
) -> None:
    connection_id = await relay.connection()
    started, callback = await relay.relayed(connectionId=connection_id)
    world.victim.failpoints.arm("flows.record_reauthorised", "before", "kill")
    with pytest.raises(httpx.TransportError):
        await relay.caller.callback(callback)
    await world.well_again()
    async with behind(world.pool) as connection:
        await connection.execute("UPDATE flows SET overdue_at = clock_timestamp() WHERE id = %s", [started["flowId"]])
    async with world.at_rescuer(relay.caller) as caller:
        credential = answered(await caller.callback(callback), 201)
        after = answered(await caller.get(f"connections/{connection_id}"))
        assert (after["status"], after["credentialId"]) == ("active", credential["id"])
        answered(await caller.token(connection_id))
