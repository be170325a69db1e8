"""What a deletion and a revocation do at the provider (C51, C69; RFC 7009)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from app.use_cases.end_grant import REVOKE_SECONDS
from domain.ids import ConnectionId, OrganisationId
from domain.ports import Lease
from tests.integration.connections.making import API_KEY, created, delete, in_vault
from tests.support.postgres import behind
from tests.support.provider import StrictProvider
from tests.support.service import Caller, Service, Setting, a_setting, answered, refused

SCOPES = {"openid": "Sign in", "read": "Read", "offline_access": "Stay"}
CLIENT = {"scopes": ("openid", "read", "offline_access")}
TIME_PASSES = (
    "UPDATE connections SET updated_at = updated_at - interval '2 min', ending_since = ending_since - %(by)s::interval"
)


@pytest.fixture
async def relay(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    endpoint = provider.revocation_endpoint
    async with a_setting(
        service, provider, relay=True, client=CLIENT, scopes=SCOPES, revocationEndpoint=endpoint
    ) as setting:
        yield setting


async def connected(relay: Setting, **body: Any) -> dict[str, Any]:
    started, callback = await relay.relayed(**body)
    answered(await relay.caller.callback(callback), 201)
    connection_id = (await relay.caller.flow(started["flowId"]))["connectionId"]
    return answered(await relay.caller.get(f"connections/{connection_id}"))


async def revoke(caller: Caller, connection: dict[str, Any]) -> dict[str, Any]:
    return answered(await caller.post(f"connections/{connection['id']}/revoke"))


async def revoked_tokens(relay: Setting) -> list[str | None]:
    seen = (await relay.provider.ledger(relay.client_id)).revocation_requests
    assert all(request.wrong is None for request in seen)
    return [request.token_sha256 for request in seen]


async def told(service: Service, connection: dict[str, Any], action: str) -> dict[str, Any]:
    """The detail of the connection's one event of this kind."""
    async with behind(service.container.pool()) as database:
        statement = "SELECT detail FROM audit_events WHERE target_id = %(id)s AND action = %(action)s"
        parameters = {"id": connection["id"], "action": action}
        [row] = await (await database.execute(statement, parameters)).fetchall()
    return dict(row["detail"])


async def resume(service: Service, *, minutes: int = 2) -> None:
    """Somebody goes on with what was left, so much later."""
    async with behind(service.container.pool()) as database:
        await database.execute(TIME_PASSES, {"by": f"{minutes} min"})
    assert await service.container.resume_endings()() is False


async def test_c51_a_deletion_revokes_the_refresh_token_and_destroys_the_secret(
    relay: Setting, service: Service
) -> None:
    connection = await connected(relay)
    [grant] = (await relay.provider.ledger(relay.client_id)).grants
    answered(await delete(relay.caller, connection))
    assert await revoked_tokens(relay) == [grant.refresh_token_sha256]
    [after] = (await relay.provider.ledger(relay.client_id)).grants
    assert after.revoked
    assert await in_vault(service, connection) is None
    assert (await told(service, connection, "connection.deleted"))["revocation"] == "revoked"


async def test_a_grant_that_another_connection_of_the_account_hangs_on_is_left_standing(
    relay: Setting, service: Service
) -> None:
    await relay.script(revocation_ends_account=True)
    first, second = await connected(relay), await connected(relay)
    answered(await delete(relay.caller, first))
    assert await revoked_tokens(relay) == []
    assert (await told(service, first, "connection.deleted"))["revocation"] == "shared"
    answered(await relay.caller.token(second["id"], rejected=await relay.rejected(second["id"])))
    answered(await delete(relay.caller, second))
    assert len(await revoked_tokens(relay)) == 1


async def test_another_account_of_the_same_client_is_no_reason_to_leave_it(relay: Setting) -> None:
    await relay.script(revocation_ends_account=True)
    first, other = await connected(relay), await connected(relay, account="bob")
    answered(await delete(relay.caller, first))
    assert len(await revoked_tokens(relay)) == 1
    answered(await relay.caller.token(other["id"], rejected=await relay.rejected(other["id"])))


async def test_an_account_that_is_not_known_may_be_anybodys_and_alone_it_is_nobody_elses(
    service: Service, provider: StrictProvider
) -> None:
    endpoint = provider.revocation_endpoint
    async with a_setting(service, provider, relay=True, revocationEndpoint=endpoint) as silent:
        first, second = await connected(silent), await connected(silent)
        answered(await delete(silent.caller, first))
        assert await revoked_tokens(silent) == []
        answered(await delete(silent.caller, second))
        assert len(await revoked_tokens(silent)) == 1


async def test_a_provider_without_an_endpoint_is_not_asked(service: Service, provider: StrictProvider) -> None:
    async with a_setting(service, provider, relay=True) as relay:
        connection = await connected(relay)
        answered(await delete(relay.caller, connection))
        assert await revoked_tokens(relay) == []
    assert (await told(service, connection, "connection.deleted"))["revocation"] == "not_offered"


async def test_c51_a_provider_that_is_away_is_asked_again_and_the_secret_waits(
    relay: Setting, service: Service
) -> None:
    connection = await connected(relay)
    await relay.script(revocation_status=503)
    answered(await delete(relay.caller, connection))
    refused(await relay.caller.get(f"connections/{connection['id']}"), 404, "not_found")
    assert await in_vault(service, connection) is not None
    await resume(service)
    assert await in_vault(service, connection) is not None
    await relay.script(revocation_status=None)
    await resume(service)
    assert await in_vault(service, connection) is None
    assert (await told(service, connection, "connection.deleted"))["revocation"] == "revoked"


async def test_a_provider_that_wants_to_be_asked_in_a_month_holds_up_no_end(relay: Setting, service: Service) -> None:
    connection = await connected(relay)
    await relay.script(revocation_status=503, revocation_retry_after=30 * 24 * 3600)
    answered(await delete(relay.caller, connection))
    async with behind(service.container.pool()) as database:
        rows = await database.execute(
            "SELECT ending_not_before - ending_since AS held_up FROM connections WHERE id = %s", [connection["id"]]
        )
        [row] = await rows.fetchall()
    # A moment passes between our reckoning and the statement.
    assert row["held_up"] < timedelta(seconds=REVOKE_SECONDS + 60)


async def test_a_provider_is_not_asked_again_before_it_wants_to_be(relay: Setting, service: Service) -> None:
    connection = await connected(relay)
    await relay.script(revocation_status=503, revocation_retry_after=600)
    answered(await delete(relay.caller, connection))
    await resume(service)
    assert len(await revoked_tokens(relay)) == 1
    await relay.script(revocation_status=None)
    async with behind(service.container.pool()) as database:
        await database.execute("UPDATE connections SET ending_not_before = clock_timestamp()")
    await resume(service)
    assert len(await revoked_tokens(relay)) == 2
    assert (await told(service, connection, "connection.deleted"))["revocation"] == "revoked"


async def test_c51_it_is_asked_for_so_long_and_then_the_audit_says_what_was_left_standing(
    relay: Setting, service: Service
) -> None:
    connection = await connected(relay)
    await relay.script(revocation_status=503)
    answered(await delete(relay.caller, connection))
    await resume(service, minutes=31)
    assert await in_vault(service, connection) is None
    assert (await told(service, connection, "connection.deleted"))["revocation"] == "unreachable"


@pytest.mark.parametrize("error", ["unsupported_token_type", "invalid_client"])
async def test_a_provider_that_refuses_is_not_asked_again(relay: Setting, service: Service, error: str) -> None:
    connection = await connected(relay)
    await relay.script(revocation_status=400, revocation_error=error)
    answered(await delete(relay.caller, connection))
    assert await in_vault(service, connection) is None
    assert (await told(service, connection, "connection.deleted"))["revocation"] == "refused"


async def test_r5_what_a_refresh_brings_while_its_connection_is_deleted_is_revoked_with_the_rest(
    relay: Setting, service: Service
) -> None:
    connection = await connected(relay)
    rejected = await relay.rejected(connection["id"])
    await relay.script(hold_token=True)
    refreshing = asyncio.create_task(relay.caller.token(connection["id"], rejected=rejected))
    await relay.provider.until_held(relay.client_id)
    deleting = asyncio.create_task(delete(relay.caller, connection))
    async with asyncio.timeout(10):
        while (await relay.caller.get(f"connections/{connection['id']}")).status_code != 404:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await relay.provider.release(relay.client_id)
    await refreshing
    answered(await deleting)
    await resume(service)
    [grant] = (await relay.provider.ledger(relay.client_id)).grants
    assert grant.revoked
    assert await revoked_tokens(relay) == [grant.refresh_token_sha256]
    assert await in_vault(service, connection) is None


async def test_while_somebody_holds_the_lease_a_deletion_is_the_jobs(relay: Setting, service: Service) -> None:
    connection = await connected(relay)
    organisation_id, connection_id = OrganisationId(relay.caller.organisation_id), ConnectionId(connection["id"])
    lease = await service.container.leases().take(organisation_id, connection_id, seconds=60)
    assert isinstance(lease, Lease)
    answered(await delete(relay.caller, connection))
    assert await in_vault(service, connection) is not None
    assert await revoked_tokens(relay) == []
    await service.container.leases().release(lease)
    await resume(service)
    assert await in_vault(service, connection) is None
    assert len(await revoked_tokens(relay)) == 1


async def test_a_revocation_ends_the_grant_and_keeps_the_record(relay: Setting, service: Service) -> None:
    connection = await connected(relay)
    assert (await revoke(relay.caller, connection))["status"] == "revoked"
    assert len(await revoked_tokens(relay)) == 1
    assert await in_vault(service, connection) is None
    assert answered(await relay.caller.get(f"connections/{connection['id']}"))["status"] == "revoked"
    assert answered(await relay.caller.get("connections", status="revoked"))["totalCount"] == 1
    told_of = refused(await relay.caller.token(connection["id"]), 409, "needs_reauthorization")
    assert told_of["extensions"]["connectionId"] == connection["id"]
    refused(await relay.caller.get(f"credentials/{connection['credentialId']}"), 404, "not_found")
    assert (await told(service, connection, "connection.grant_destroyed"))["revocation"] == "revoked"


async def test_c69_a_revocation_is_repeatable(relay: Setting, service: Service) -> None:
    connection = await connected(relay)
    first = await revoke(relay.caller, connection)
    assert await revoke(relay.caller, connection) == first
    assert len(await revoked_tokens(relay)) == 1
    await told(service, connection, "connection.revoked")


async def test_a_revoked_connection_is_authorised_again(relay: Setting, service: Service) -> None:
    connection = await connected(relay)
    await revoke(relay.caller, connection)
    _, callback = await relay.relayed(connectionId=connection["id"])
    answered(await relay.caller.callback(callback), 201)
    after = answered(await relay.caller.get(f"connections/{connection['id']}"))
    assert after["status"] == "active"
    answered(await relay.caller.token(connection["id"]))
    await service.container.sweep_credentials()()
    assert await in_vault(service, after) is not None


async def test_a_revoked_connection_is_deleted(relay: Setting, service: Service) -> None:
    connection = await connected(relay)
    await revoke(relay.caller, connection)
    answered(await delete(relay.caller, connection))
    assert (await told(service, connection, "connection.deleted"))["revocation"] == "nothing_stored"
    refused(await relay.caller.post(f"connections/{connection['id']}/revoke"), 404, "not_found")


async def test_what_a_form_made_is_revoked_and_filled_in_again(acme: Caller, service: Service) -> None:
    connection = await created(acme, API_KEY, apiKey="k-1")
    answered(await acme.put(f"connections/{connection['id']}", {"name": "Mine", "data": {"apiKey": "k-2"}}))
    assert (await revoke(acme, connection))["status"] == "revoked"
    assert await in_vault(service, connection) is None
    refused(await acme.post(f"connections/{connection['id']}/headers"), 409, "needs_reauthorization")
    body = {"name": "Mine", "data": {"apiKey": "k-3"}}
    assert answered(await acme.put(f"connections/{connection['id']}", body))["status"] == "active"
    answered(await acme.post(f"connections/{connection['id']}/headers"))
    answered(await acme.get(f"credentials/{connection['credentialId']}"))
