"""Re-authorising a connection: the same account, at a new path (C38, K8; CVE-2026-9087)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.ids import ConnectionId, OrganisationId
from domain.ports import Lease
from tests.integration.connections.making import in_vault
from tests.support.domain_examples import a_grant
from tests.support.provider import StrictProvider
from tests.support.service import Service, Setting, a_setting, answered, refused

SCOPES = {"openid": "Sign in", "read": "Read", "offline_access": "Stay"}
CLIENT = {"scopes": ("openid", "read", "offline_access")}


@pytest.fixture
async def relay(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app whose own front end hands the callback to the API, at a provider that tells the account."""
    async with a_setting(service, provider, relay=True, client=CLIENT, scopes=SCOPES) as setting:
        yield setting


@pytest.fixture
async def connection(relay: Setting) -> dict[str, Any]:
    """Alice's."""
    return answered(await relay.caller.get(f"connections/{await relay.connection()}"))


async def again(relay: Setting, connection: dict[str, Any], **body: Any) -> tuple[dict[str, Any], str]:
    return await relay.relayed(connectionId=connection["id"], **body)


async def now(relay: Setting, connection: dict[str, Any]) -> dict[str, Any]:
    return answered(await relay.caller.get(f"connections/{connection['id']}"))


async def test_a_connection_tells_what_the_provider_said_of_the_account(
    relay: Setting, connection: dict[str, Any]
) -> None:
    assert connection["metadata"] == {"iss": relay.provider.issuer, "sub": "alice"}


async def test_a_connection_keeps_its_id_and_gets_another_credential(
    relay: Setting, service: Service, connection: dict[str, Any]
) -> None:
    started, callback = await again(relay, connection)
    credential = answered(await relay.caller.callback(callback), 201)
    after = await now(relay, connection)
    assert (after["credentialId"], after["status"]) == (credential["id"], "active")
    assert after["credentialId"] != connection["credentialId"]
    assert after["createdAt"] == connection["createdAt"]
    flow = await relay.caller.flow(started["flowId"])
    assert (flow["status"], flow["connectionId"]) == ("connected", connection["id"])
    assert answered(await relay.caller.callback(callback), 201) == credential
    refused(await relay.caller.get(f"credentials/{connection['credentialId']}"), 404, "not_found")
    await service.container.sweep_credentials()()
    assert await in_vault(service, connection) is None
    assert await in_vault(service, after) is not None
    assert not (await relay.provider.ledger(relay.client_id)).revocation_requests
    answered(await relay.caller.token(connection["id"]))


async def test_c38_another_account_is_a_409_and_the_old_grant_is_untouched(
    relay: Setting, service: Service, connection: dict[str, Any]
) -> None:
    token = answered(await relay.caller.token(connection["id"]))
    started, callback = await again(relay, connection, account="mallory")
    refused(await relay.caller.callback(callback), 409, "account_mismatch")
    refused(await relay.caller.callback(callback), 409, "account_mismatch")
    flow = await relay.caller.flow(started["flowId"])
    assert (flow["status"], flow["error"]) == ("failed", "account_mismatch")
    assert await now(relay, connection) == connection
    assert answered(await relay.caller.token(connection["id"]))["access_token"] == token["access_token"]
    _, listed = await service.vault.as_root(
        "LIST", f"{service.vault.mount}/metadata/{relay.caller.organisation_id}/credentials"
    )
    assert listed["data"]["keys"] == [connection["credentialId"]]
    ledger = await relay.provider.ledger(relay.client_id)
    assert not ledger.revocation_requests


async def test_an_account_that_is_not_told_any_more_is_another(relay: Setting, connection: dict[str, Any]) -> None:
    await relay.script(without=["id_token"])
    _, callback = await again(relay, connection)
    refused(await relay.caller.callback(callback), 409, "account_mismatch")


async def test_an_account_that_was_never_told_cannot_be_compared(service: Service, provider: StrictProvider) -> None:
    async with a_setting(service, provider, relay=True) as silent:
        connection_id = await silent.connection()
        _, callback = await silent.relayed(connectionId=connection_id, account="bob")
        answered(await silent.caller.callback(callback), 201)


async def test_an_editor_may_allow_another_account(
    relay: Setting, service: Service, connection: dict[str, Any]
) -> None:
    _, callback = await again(relay, connection, account="bob", allowAccountChange=True)
    answered(await relay.caller.callback(callback), 201)
    assert (await now(relay, connection))["metadata"]["sub"] == "bob"
    body = {"appId": relay.app["id"], "authType": "oauth2", "connectionId": connection["id"]}
    async with service.caller("connector", organisation_id=relay.caller.organisation_id) as connector:
        asked = await connector.post("connection-init", body | {"allowAccountChange": True})
        refused(asked, 403, "forbidden")
        answered(await connector.post("connection-init", body))


async def test_what_the_grant_ended_is_active_again(relay: Setting, connection: dict[str, Any]) -> None:
    rejected = await relay.rejected(connection["id"])
    await relay.script(token_error="invalid_grant")
    refused(await relay.caller.token(connection["id"], rejected=rejected), 409, "needs_reauthorization")
    async with asyncio.timeout(10):
        # Until the hint is heard, which only the answer shows.
        while (answer := await relay.caller.token(connection["id"])).status_code != 409:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    told = refused(answer, 409, "needs_reauthorization")
    assert told["extensions"]["connectionId"] == connection["id"]
    await relay.script(token_error=None)
    _, callback = await again(relay, connection)
    answered(await relay.caller.callback(callback), 201)
    after = await now(relay, connection)
    assert (after["status"], after.get("statusReason")) == ("active", None)
    answered(await relay.caller.token(connection["id"]))


async def test_whoever_refreshed_the_old_grant_has_lost_the_lease(
    relay: Setting, service: Service, connection: dict[str, Any]
) -> None:
    organisation_id, connection_id = OrganisationId(relay.caller.organisation_id), ConnectionId(connection["id"])
    leases = service.container.leases()
    lease = await leases.take(organisation_id, connection_id, seconds=60)
    assert isinstance(lease, Lease)
    _, callback = await again(relay, connection)
    answered(await relay.caller.callback(callback), 201)
    before = await now(relay, connection)
    assert not await leases.end(lease, reason="invalid_grant", secret_version=7)
    assert not await leases.record(lease, a_grant(), secret_version=7)
    assert await now(relay, connection) == before
    assert isinstance(await leases.take(organisation_id, connection_id, seconds=60), Lease)


async def test_another_account_on_the_page_goes_back_with_the_code(service: Service, provider: StrictProvider) -> None:
    async with (
        a_setting(service, provider, client=CLIENT, scopes=SCOPES) as page,
        service.browser() as browser,
        service.browser() as other,
    ):
        flow = await page.connect(browser)
        return_url = page.app["returnUrls"][0]
        started = await page.start(connectionId=flow["connectionId"], returnUrl=return_url)
        callback = await page.consent(other, started, account="mallory")
        back = await other.get(callback, until=lambda url: url.startswith("http://127.0.0.1:9/"))
        assert back.location is not None
        assert "status=failed" in back.location
        assert "error=account_mismatch" in back.location


async def test_a_connection_that_was_deleted_meanwhile_is_not_made_again(
    relay: Setting, service: Service, connection: dict[str, Any]
) -> None:
    _, callback = await again(relay, connection)
    answered(await relay.caller.delete(f"connections/{connection['id']}"))
    refused(await relay.caller.callback(callback), 404, "not_found")
    _, listed = await service.vault.as_root(
        "LIST", f"{service.vault.mount}/metadata/{relay.caller.organisation_id}/credentials"
    )
    assert not listed.get("data")


async def test_what_cannot_be_authorised_again_is_a_400(relay: Setting, connection: dict[str, Any]) -> None:
    app = {"name": "Keys", "public": False, "server": {"url": "https://api.example.com"}}
    config = {"type": "apikey", "data": {"name": "X-Key", "in": "header"}}
    other = answered(await relay.caller.post("apps", app | {"authConfigs": [config]}))
    form = {"name": "Mine", "appId": other["id"], "authType": "apikey", "data": {"apiKey": "k"}}
    made = answered(await relay.caller.post("connections", form), 201)
    for body in (
        {"appId": other["id"], "authType": "apikey", "connectionId": made["id"]},
        {"appId": other["id"], "authType": "apikey", "connectionId": connection["id"]},
        {"appId": relay.app["id"], "authType": "oauth2", "connectionId": "no id"},
        {"appId": relay.app["id"], "authType": "oauth2", "allowAccountChange": True},
    ):
        refused(await relay.caller.post("connection-init", body), 400, "invalid_request")
    body = {"appId": relay.app["id"], "authType": "oauth2", "connectionId": "01KNZ5Q2M0C0000000000000C1"}
    refused(await relay.caller.post("connection-init", body), 404, "not_found")


@pytest.mark.parametrize("claims", [{"iss": "https://honest.example"}, {"aud": "them"}, {"sub": None}, {"exp": 1}])
async def test_c35_a_first_flow_whose_id_token_is_wrong_fails_and_leaves_nothing(
    relay: Setting, service: Service, claims: dict[str, Any]
) -> None:
    await relay.script(id_token_claims=claims)
    started, callback = await relay.relayed()
    refused(await relay.caller.callback(callback), 502, "provider_protocol_error")
    refused(await relay.caller.callback(callback), 502, "provider_protocol_error")
    assert (await relay.caller.flow(started["flowId"]))["status"] == "failed"
    _, listed = await service.vault.as_root(
        "LIST", f"{service.vault.mount}/metadata/{relay.caller.organisation_id}/credentials"
    )
    assert not listed.get("data")


@pytest.mark.parametrize("claims", [{"iss": "https://honest.example"}, {"sub": "mallory"}])
async def test_c37_a_refresh_that_tells_another_account_issues_nothing_and_loses_nothing(
    relay: Setting, service: Service, connection: dict[str, Any], claims: dict[str, Any]
) -> None:
    rejected = await relay.rejected(connection["id"])
    await relay.script(id_token_on_refresh=True, id_token_claims=claims)
    refused(await relay.caller.token(connection["id"], rejected=rejected), 409, "needs_reauthorization")
    after = await now(relay, connection)
    assert after["status"] == "needs_reauthorization"
    assert after["statusReason"] in {"account_mismatch", "id_token_iss"}
    stored = await in_vault(service, connection)
    assert stored is not None
    [grant] = (await relay.provider.ledger(relay.client_id)).grants
    assert stored["refresh_token"] == grant.refresh_token
