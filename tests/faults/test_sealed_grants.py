"""Vault takes a probe and then no document (security.md, K7 and R7): the grant is sealed, and ends in Vault."""

import asyncio

from dependency_injector import providers

from domain.secret import Secret
from tests.faults.test_callback import ForgetfulFlows, let_the_deadline_pass
from tests.support.faulty import FaultySealedGrants, FaultySecrets
from tests.support.postgres import behind
from tests.support.sealing import drained, in_vault, path_of, sealed_at, settled
from tests.support.service import Service, Setting, answered, refused


async def test_k7_a_grant_that_vault_does_not_take_is_sealed_answered_and_drained(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    started, callback = await relay.relayed()
    secrets.refuses_documents = True
    credential = answered(await relay.caller.callback(callback), 201)
    path = await path_of(service, started["flowId"])
    assert await in_vault(service, path) is None
    flow = await relay.caller.flow(started["flowId"])
    assert flow["status"] == "connected"
    token = answered(await relay.caller.token(flow["connectionId"]))
    assert answered(await relay.caller.get(f"credentials/{credential['id']}")) == credential
    secrets.refuses_documents = False
    await settled(service)
    await drained(service)
    stored = await in_vault(service, path)
    assert stored is not None
    assert stored["access_token"] == token["access_token"]
    assert await sealed_at(service, path) == []
    assert answered(await relay.caller.token(flow["connectionId"]))["access_token"] == token["access_token"]


async def test_k7_a_token_is_issued_though_vault_went_before_it_took_the_grant(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    started, callback = await relay.relayed()
    secrets.refuses_documents = True
    answered(await relay.caller.callback(callback), 201)
    secrets.reads_nothing = True
    flow = await relay.caller.flow(started["flowId"])
    answered(await relay.caller.token(flow["connectionId"]))
    secrets.refuses_documents = secrets.reads_nothing = False
    await settled(service)
    await drained(service)


async def test_k7_what_is_sealed_holds_no_secret_in_clear(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    started, callback = await relay.relayed()
    secrets.refuses_documents = True
    answered(await relay.caller.callback(callback), 201)
    flow = await relay.caller.flow(started["flowId"])
    token = answered(await relay.caller.token(flow["connectionId"]))["access_token"]
    path = await path_of(service, started["flowId"])
    ours = "SELECT * FROM sealed_grants WHERE credential_id = %s"
    async with behind(service.container.pool()) as connection:
        [row] = await (await connection.execute(ours, [path.id])).fetchall()
    assert token.encode() not in row["ciphertext"]
    assert token not in str(row)


async def test_k7_a_write_that_lands_late_leaves_no_sealed_copy(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    started, callback = await relay.relayed()
    secrets.holds = asyncio.Event()
    answered(await relay.caller.callback(callback), 201)
    path = await path_of(service, started["flowId"])
    assert len(await sealed_at(service, path)) == 1
    secrets.holds.set()
    await settled(service)
    assert await sealed_at(service, path) == []
    assert await in_vault(service, path) is not None


async def test_k7_killed_before_the_sealed_copy_was_forgotten_another_forgets_it(
    relay: Setting, service: Service, secrets: FaultySecrets, sealed: FaultySealedGrants
) -> None:
    started, callback = await relay.relayed()
    secrets.holds, sealed.forgets = asyncio.Event(), True
    answered(await relay.caller.callback(callback), 201)
    secrets.holds.set()
    await settled(service)
    path = await path_of(service, started["flowId"])
    stored = await in_vault(service, path)
    [left] = await sealed_at(service, path)
    sealed.forgets = False
    await service.container.sealed_grants().release(left)
    await drained(service)
    assert await sealed_at(service, path) == []
    assert await in_vault(service, path) == stored


async def test_k8_killed_before_its_record_a_sealed_grant_is_adopted_by_the_same_callback(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    started, callback = await relay.relayed()
    secrets.refuses_documents = True
    with service.container.flows.override(providers.Object(ForgetfulFlows(service.container.flows(), times=1000))):
        refused(await relay.caller.callback(callback), 503, "storage_unavailable")
    await let_the_deadline_pass(service, started["flowId"])
    answered(await relay.caller.callback(callback), 201)
    flow = await relay.caller.flow(started["flowId"])
    answered(await relay.caller.token(flow["connectionId"]))
    assert len(await relay.token_requests()) == 1


async def test_r4_nothing_is_spent_while_a_successor_waits_sealed(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=0)
    secrets.refuses_documents = True
    answered(await relay.caller.token(connection))
    await settled(service)
    refused(await relay.caller.token(connection), 503, "storage_unavailable")
    assert await relay.refreshes() == 1
    secrets.refuses_documents = False
    answered(await relay.caller.token(connection))
    ledger = await relay.provider.ledger(relay.client_id)
    assert (await relay.refreshes(), ledger.count("refresh_token_reused")) == (2, 0)


async def test_r7_a_rotated_token_that_vault_does_not_take_is_sealed_answered_and_drained(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    secrets.refuses_documents = True
    token = answered(await relay.caller.token(connection))["access_token"]
    assert answered(await relay.caller.token(connection))["access_token"] == token
    secrets.refuses_documents = False
    await settled(service)
    await drained(service)
    assert answered(await relay.caller.token(connection))["access_token"] == token
    assert await relay.refreshes() == 1


async def test_deleted_before_it_was_drained_a_sealed_grant_leaves_nothing(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    started, callback = await relay.relayed()
    secrets.refuses_documents = True
    answered(await relay.caller.callback(callback), 201)
    secrets.refuses_documents = False
    await settled(service)
    path = await path_of(service, started["flowId"])
    connection_id = (await relay.caller.flow(started["flowId"]))["connectionId"]
    answered(await relay.caller.delete(f"connections/{connection_id}"))
    await drained(service)
    assert await sealed_at(service, path) == []
    assert await in_vault(service, path) is None


async def test_a_deletion_waits_until_nobody_writes_a_sealed_grant(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    started, callback = await relay.relayed()
    secrets.holds = asyncio.Event()
    answered(await relay.caller.callback(callback), 201)
    path = await path_of(service, started["flowId"])
    connection_id = (await relay.caller.flow(started["flowId"]))["connectionId"]
    refused(await relay.caller.delete(f"connections/{connection_id}"), 503, "storage_unavailable")
    assert len(await sealed_at(service, path)) == 1
    refused(await relay.caller.get(f"connections/{connection_id}"), 404, "not_found")
    secrets.holds.set()
    await settled(service)
    assert await in_vault(service, path) is not None
    resume = service.container.resume_endings(idle_seconds=0)
    await resume()
    assert await in_vault(service, path) is None
    assert await sealed_at(service, path) == []


async def test_a_poison_grant_is_set_aside_and_nothing_is_issued_or_lost(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    before = (await service.container.drain_waiting().counts())["set_aside"]
    started, callback = await relay.relayed()
    secrets.refuses_documents = True
    answered(await relay.caller.callback(callback), 201)
    secrets.refuses_documents = False
    await settled(service)
    path = await path_of(service, started["flowId"])
    async with behind(service.container.pool()) as connection:
        await connection.execute("UPDATE sealed_grants SET ciphertext = 'junk' WHERE credential_id = %s", [path.id])
    await drained(service)
    assert [row.set_aside for row in await sealed_at(service, path)] == ["unopened"]
    assert (await service.container.drain_waiting().counts())["set_aside"] == before + 1
    told = answered(await relay.caller.get("audit-events", action="credential.grant_set_aside"))["items"]
    assert [(event["target"]["id"], event["result"]) for event in told] == [(path.id, "unopened")]
    connection_id = (await relay.caller.flow(started["flowId"]))["connectionId"]
    service.container.current_grants().memory.drop(connection_id)  # as a replica that has never had it
    refused(await relay.caller.token(connection_id), 503, "storage_unavailable")
    assert len(await relay.token_requests()) == 1
    answered(await relay.caller.delete(f"connections/{connection_id}"))
    assert await sealed_at(service, path) == []


async def test_a_rival_in_vault_is_never_replaced_and_ours_is_kept_aside(
    relay: Setting, service: Service, secrets: FaultySecrets
) -> None:
    started, callback = await relay.relayed()
    secrets.refuses_documents = True
    answered(await relay.caller.callback(callback), 201)
    secrets.refuses_documents = False
    await settled(service)
    path = await path_of(service, started["flowId"])
    rival = {"attempt": Secret("another")}
    await service.container.vault_secrets().write(path, rival, version=0)
    await drained(service)
    assert await in_vault(service, path) == {"attempt": "another"}
    assert [row.set_aside for row in await sealed_at(service, path)] == ["superseded"]
