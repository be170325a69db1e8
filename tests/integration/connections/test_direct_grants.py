"""Tokens without a browser: client credentials (RFC 6749 §4.4) and the owner's password (§4.3)."""

import asyncio
import hashlib
from typing import Any

import pytest

from tests.integration.connections.making import create, created, direct, headers_of, in_vault, replace
from tests.support.provider import ProviderClient, StrictProvider
from tests.support.service import Caller, Service, answered, refused


def credentials_of(client: ProviderClient, **data: Any) -> dict[str, Any]:
    return {"clientId": client.client_id, "clientSecret": client.client_secret} | data


async def grant_types(provider: StrictProvider, client: ProviderClient) -> list[str | None]:
    seen = (await provider.ledger(client.client_id)).token_requests
    return [request.grant_type for request in seen if request.outcome == "granted"]


async def test_a_token_is_had_by_the_connections_own_client_and_kept_while_it_lasts(
    acme: Caller, provider: StrictProvider, client: ProviderClient
) -> None:
    connection = await created(acme, direct(provider.token_endpoint), **credentials_of(client))
    assert await grant_types(provider, client) == []
    token = answered(await acme.token(connection["id"]))
    assert (token["token_type"], token["scope"]) == ("Bearer", "read write")
    assert answered(await acme.token(connection["id"]))["access_token"] == token["access_token"]
    assert await grant_types(provider, client) == ["client_credentials"]
    read = answered(await acme.get(f"connections/{connection['id']}"))
    assert (read["scopes"], "tokenExpiresAt" in read, "lastRefreshedAt" in read) == (["read", "write"], True, True)
    assert (await headers_of(acme, connection))["headers"] == {"Authorization": f"Bearer {token['access_token']}"}


async def test_an_owners_password_is_a_grant(acme: Caller, provider: StrictProvider, client: ProviderClient) -> None:
    config = direct(provider.token_endpoint, "resource_owner_password")
    owner = {"username": "bob", "password": "the-password-of-bob"}
    connection = await created(acme, config, **credentials_of(client, **owner))
    answered(await acme.token(connection["id"]))
    assert await grant_types(provider, client) == ["password"]


async def test_a_token_that_is_over_or_rejected_is_had_anew(
    acme: Caller, provider: StrictProvider, client: ProviderClient, service: Service
) -> None:
    await provider.script(client.client_id, access_token_lifetime_seconds=0)
    connection = await created(acme, direct(provider.token_endpoint), **credentials_of(client, issueToken=True))
    await provider.script(client.client_id, access_token_lifetime_seconds=3600)
    first = answered(await acme.token(connection["id"]))["access_token"]
    rejected = hashlib.sha256(first.encode()).hexdigest()
    second = answered(await acme.token(connection["id"], rejected=rejected))["access_token"]
    assert second != first
    assert await grant_types(provider, client) == ["client_credentials"] * 3
    kept = await in_vault(service, connection)
    assert kept is not None
    assert (kept["access_token"], kept["clientSecret"]) == (second, client.client_secret)
    assert "refresh_token" not in kept


async def test_many_callers_at_once_make_one_request(
    acme: Caller, provider: StrictProvider, client: ProviderClient
) -> None:
    connection = await created(acme, direct(provider.token_endpoint), **credentials_of(client))
    tokens = await asyncio.gather(*(acme.token(connection["id"]) for _ in range(10)))
    assert len({answered(token)["access_token"] for token in tokens}) == 1
    assert await grant_types(provider, client) == ["client_credentials"]


async def test_the_client_authentication_that_worked_is_remembered(
    acme: Caller, provider: StrictProvider, client: ProviderClient
) -> None:
    body = ProviderClient(
        client.client_id,
        (),
        client_secret=client.client_secret,
        authentication="client_secret_post",
        scopes=client.scopes,
        direct_grants=True,
    )
    await provider.register(body)
    await provider.script(client.client_id, access_token_lifetime_seconds=0)
    connection = await created(acme, direct(provider.token_endpoint), **credentials_of(client))
    for _ in range(2):
        answered(await acme.token(connection["id"], minimumValidity=0))
    seen = (await provider.ledger(client.client_id)).token_requests
    assert [request.authentication for request in seen] == [
        "client_secret_basic",
        "client_secret_post",
        "client_secret_post",
    ]


async def test_to_issue_a_token_really_tries_and_leaves_nothing_where_it_fails(
    acme: Caller, provider: StrictProvider, client: ProviderClient
) -> None:
    wrong = {"clientId": client.client_id, "clientSecret": "wrong"}
    config = direct(provider.token_endpoint)
    told = refused(await create(acme, config, **wrong, issueToken=True), 400, "provider_error")
    assert told["extensions"]["error"] == "invalid_client"
    assert answered(await acme.get("connections"))["totalCount"] == 0
    await provider.script(client.client_id, token_status=503)
    refused(await create(acme, config, **credentials_of(client, issueToken=True)), 502, "provider_unavailable")
    assert answered(await acme.get("connections"))["totalCount"] == 0


async def test_what_the_provider_refuses_needs_new_data_and_is_active_with_them(
    acme: Caller, provider: StrictProvider, client: ProviderClient
) -> None:
    wrong = {"clientId": client.client_id, "clientSecret": "wrong"}
    connection = await created(acme, direct(provider.token_endpoint), **wrong)
    told = refused(await acme.token(connection["id"]), 409, "needs_reauthorization")
    assert "PUT" in told["message"]
    read = answered(await acme.get(f"connections/{connection['id']}"))
    assert (read["status"], read["statusReason"]) == ("needs_reauthorization", "invalid_client")
    refused(
        await replace(acme, connection, data={"clientSecret": "wrong too", "issueToken": True}), 400, "provider_error"
    )
    told = refused(await acme.token(connection["id"]), 409, "needs_reauthorization")
    assert "PUT" in told["message"]
    replaced = answered(
        await replace(acme, connection, data={"clientSecret": client.client_secret, "issueToken": True})
    )
    assert (replaced["status"], "statusReason" in replaced) == ("active", False)
    answered(await acme.token(connection["id"]))


@pytest.mark.parametrize("lifetime", [60, 3600])
async def test_while_the_provider_is_away_a_token_that_lasts_is_answered(
    acme: Caller, provider: StrictProvider, client: ProviderClient, lifetime: int
) -> None:
    await provider.script(client.client_id, access_token_lifetime_seconds=lifetime)
    connection = await created(acme, direct(provider.token_endpoint), **credentials_of(client, issueToken=True))
    await provider.script(client.client_id, token_status=503)
    token = answered(await acme.token(connection["id"], minimumValidity=3000))
    assert lifetime - 30 < token["expires_in"] <= lifetime


async def test_the_connections_own_parameters_reach_the_provider(
    acme: Caller, provider: StrictProvider, client: ProviderClient
) -> None:
    config = direct(provider.token_endpoint, scopes={})
    connection = await created(acme, config, **credentials_of(client, additionalParameters="scope=read"))
    assert answered(await acme.token(connection["id"]))["scope"] == "read"
