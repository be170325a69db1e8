"""Revoking, deleting and authorising again, stopped at any step (K8, C38, C51): all ends as it would have."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dependency_injector import providers

from tests.faults.dying import Dying, dying_before, minutes_pass
from tests.faults.test_callback import let_the_deadline_pass
from tests.faults.test_refresh_replicas import leases_are_over
from tests.integration.connections.making import delete, in_vault
from tests.support.faulty import FaultySecrets
from tests.support.postgres import behind
from tests.support.provider import StrictProvider
from tests.support.service import Service, Setting, a_setting, answered, refused

SCOPES = {"openid": "Sign in", "read": "Read", "offline_access": "Stay"}
CLIENT = {"scopes": ("openid", "read", "offline_access")}


@pytest.fixture
async def relay(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app at a provider that tells the account, and revokes."""
    async with a_setting(
        service,
        provider,
        relay=True,
        client=CLIENT,
        scopes=SCOPES,
        revocationEndpoint=provider.revocation_endpoint,
    ) as setting:
        yield setting


@pytest.fixture
async def made(relay: Setting) -> dict[str, Any]:
    return await now(relay, await relay.connection())


async def now(relay: Setting, connection_id: str) -> dict[str, Any]:
    return answered(await relay.caller.get(f"connections/{connection_id}"))


async def resume(service: Service) -> None:
    await minutes_pass(service)
    assert await service.container.resume_endings()() is False


async def revocations(relay: Setting) -> int:
    return len((await relay.provider.ledger(relay.client_id)).revocation_requests)


async def in_vault_of(relay: Setting, service: Service) -> list[str]:
    """The credentials' ids whose secrets there are."""
    below = f"{service.vault.mount}/metadata/{relay.caller.organisation_id}/credentials"
    _, listed = await service.vault.as_root("LIST", below)
    keys: list[str] = listed["data"]["keys"] if listed.get("data") else []
    return keys


@contextmanager
def flows_dying_before(service: Service, step: str) -> Iterator[None]:
    flows = service.container.flows
    with flows.override(providers.Object(Dying(flows(), step))):
        yield


async def revoke(relay: Setting, made: dict[str, Any]) -> Any:
    return await relay.caller.post(f"connections/{made['id']}/revoke")


async def test_a_revocation_that_died_before_it_asked_the_provider_goes_on(
    relay: Setting, service: Service, made: dict[str, Any]
) -> None:
    with dying_before(service, "is_shared"):
        refused(await revoke(relay, made), 503, "storage_unavailable")
    assert (await now(relay, made["id"]))["status"] == "revoked"
    refused(await relay.caller.token(made["id"]), 409, "needs_reauthorization")
    assert await in_vault(service, made) is not None
    await resume(service)
    assert await in_vault(service, made) is None
    assert await revocations(relay) == 1


@pytest.mark.parametrize("asked_again", [True, False])
async def test_a_revocation_that_died_before_the_secret_was_destroyed_goes_on(
    relay: Setting, service: Service, secrets: FaultySecrets, made: dict[str, Any], *, asked_again: bool
) -> None:
    secrets.destroys_nothing = True
    refused(await revoke(relay, made), 503, "storage_unavailable")
    secrets.destroys_nothing = False
    if asked_again:
        assert answered(await revoke(relay, made))["status"] == "revoked"
    else:
        await resume(service)
    assert await in_vault(service, made) is None
    assert (await now(relay, made["id"]))["status"] == "revoked"


async def test_a_revocation_that_died_before_its_end_was_recorded_goes_on(
    relay: Setting, service: Service, made: dict[str, Any]
) -> None:
    with dying_before(service, "record_revoked"):
        refused(await revoke(relay, made), 503, "storage_unavailable")
    await resume(service)
    _, callback = await relay.relayed(connectionId=made["id"])
    answered(await relay.caller.callback(callback), 201)
    answered(await relay.caller.token(made["id"]))


async def test_a_revocation_that_was_stopped_does_not_end_what_was_authorised_since(
    relay: Setting, service: Service, secrets: FaultySecrets, made: dict[str, Any]
) -> None:
    secrets.destroys_nothing = True
    refused(await revoke(relay, made), 503, "storage_unavailable")
    _, callback = await relay.relayed(connectionId=made["id"])
    answered(await relay.caller.callback(callback), 201)
    secrets.destroys_nothing = False
    await resume(service)
    await service.container.sweep_credentials()()
    after = await now(relay, made["id"])
    assert after["status"] == "active"
    assert await in_vault_of(relay, service) == [after["credentialId"]]
    answered(await relay.caller.token(made["id"]))


@pytest.mark.parametrize("ends", ["DELETE", "revoke"])
async def test_a_grant_that_comes_after_the_end_of_its_connection_is_revoked_as_well(
    relay: Setting, service: Service, ends: str
) -> None:
    made = await now(relay, await relay.connection(access_token_lifetime_seconds=0))
    await relay.script(access_token_lifetime_seconds=3600, hold_token=True)
    stopped = asyncio.create_task(relay.caller.token(made["id"]))
    await relay.provider.until_held(relay.client_id)
    await leases_are_over(service)
    answered(await (delete(relay.caller, made) if ends == "DELETE" else revoke(relay, made)))
    spent = (await relay.provider.ledger(relay.client_id)).revocation_requests
    await relay.provider.release(relay.client_id)
    refused(await stopped, 409, "needs_reauthorization")
    ledger = await relay.provider.ledger(relay.client_id)
    late = ledger.revocation_requests[len(spent) :]
    assert [seen.token_sha256 for seen in late] == [ledger.grants[0].refresh_token_sha256]
    assert await in_vault_of(relay, service) == []


async def test_a_grant_whose_connection_nobody_ended_is_not_revoked_though_its_secret_went(
    relay: Setting, service: Service
) -> None:
    made = await now(relay, await relay.connection(access_token_lifetime_seconds=0))
    await relay.script(access_token_lifetime_seconds=3600, hold_token=True)
    stopped = asyncio.create_task(relay.caller.token(made["id"]))
    await relay.provider.until_held(relay.client_id)
    organisation, path = relay.caller.organisation_id, f"credentials/{made['credentialId']}"
    await service.vault.as_root("DELETE", f"{service.vault.mount}/metadata/{organisation}/{path}")
    await relay.provider.release(relay.client_id)
    await stopped
    assert await revocations(relay) == 0


async def test_c51_a_deletion_that_died_after_the_provider_revoked_goes_on(
    relay: Setting, service: Service, secrets: FaultySecrets, made: dict[str, Any]
) -> None:
    secrets.destroys_nothing = True
    refused(await delete(relay.caller, made), 503, "storage_unavailable")
    assert await revocations(relay) == 1
    secrets.destroys_nothing = False
    await resume(service)
    assert await in_vault_of(relay, service) == []
    ledger = await relay.provider.ledger(relay.client_id)
    assert all(seen.wrong is None for seen in ledger.revocation_requests)


async def test_c51_a_deletion_revokes_what_vault_had_not_taken(
    relay: Setting, service: Service, secrets: FaultySecrets, made: dict[str, Any]
) -> None:
    rejected = await relay.rejected(made["id"])
    secrets.refuses_documents = True
    answered(await relay.caller.token(made["id"], rejected=rejected))
    refused(await delete(relay.caller, made), 503, "storage_unavailable")
    assert await revocations(relay) == 0
    secrets.refuses_documents = False
    await service.container.in_flight().drain(seconds=30)
    await resume(service)
    ledger = await relay.provider.ledger(relay.client_id)
    assert [seen.token_sha256 for seen in ledger.revocation_requests] == [ledger.grants[0].refresh_token_sha256]
    assert await in_vault_of(relay, service) == []


@pytest.mark.parametrize(
    ("step", "account", "status"), [("record_reauthorised", "alice", 201), ("record_failed", "mallory", 409)]
)
async def test_k8_a_flow_that_died_before_it_was_recorded_comes_to_the_same_end(
    relay: Setting, service: Service, made: dict[str, Any], step: str, *, account: str, status: int
) -> None:
    started, callback = await relay.relayed(connectionId=made["id"], account=account)
    with flows_dying_before(service, step):
        refused(await relay.caller.callback(callback), 503, "storage_unavailable")
    assert await now(relay, made["id"]) == made
    await let_the_deadline_pass(service, started["flowId"])
    assert (await relay.caller.callback(callback)).status_code == status
    after = await now(relay, made["id"])
    assert (after["credentialId"] == made["credentialId"]) is (status == 409)
    await service.container.sweep_credentials()()
    assert await in_vault_of(relay, service) == [after["credentialId"]]
    answered(await relay.caller.token(made["id"]))
    assert await revocations(relay) == 0


async def test_c38_a_wrong_grant_that_could_not_be_destroyed_is_destroyed_by_the_sweep(
    relay: Setting, service: Service, secrets: FaultySecrets, made: dict[str, Any]
) -> None:
    _, callback = await relay.relayed(connectionId=made["id"], account="mallory")
    secrets.destroys_nothing = True
    refused(await relay.caller.callback(callback), 409, "account_mismatch")
    assert len(await in_vault_of(relay, service)) == 2
    secrets.destroys_nothing = False
    await credentials_age(service)
    await service.container.sweep_credentials()()
    assert await in_vault_of(relay, service) == [made["credentialId"]]


async def credentials_age(service: Service) -> None:
    async with behind(service.container.pool()) as connection:
        await connection.execute("UPDATE credentials SET removal_at = removal_at - interval '2 min'")
