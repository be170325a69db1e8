"""ID tokens of an ``oidc`` app: the nonce is sent, and has to come back (C35)."""

import secrets
from collections.abc import AsyncIterator

import attrs
import pytest

from tests.support.provider import ProviderClient, StrictProvider
from tests.support.service import Service, Setting, a_setting, answered, refused

SCOPES = {"read": "Read", "offline_access": "Stay"}


@pytest.fixture
async def oidc(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app whose provider is discovered, finished by its own front end."""
    async with a_setting(service, provider) as setting:
        secret, client_id = secrets.token_urlsafe(24), setting.client_id
        data = {
            "discoveryUrl": provider.discovery_url,
            "clientId": client_id,
            "clientSecret": secret,
            "scopes": SCOPES,
        }
        body = {
            "name": "Example",
            "public": False,
            "server": {"url": provider.issuer},
            "authConfigs": [{"type": "oidc", "data": data}],
            "relayCallbackUrl": f"http://127.0.0.1:9/oidc/{client_id}",
        }
        app = answered(await setting.caller.post("apps", body))
        await provider.register(
            ProviderClient(client_id, (app["relayCallbackUrl"],), client_secret=secret, scopes=("openid", *SCOPES))
        )
        yield attrs.evolve(setting, app=app, client_secret=secret)


async def test_a_nonce_is_sent_and_the_account_is_known(oidc: Setting) -> None:
    connection_id = await oidc.connection()
    [asked] = (await oidc.provider.ledger(oidc.client_id)).authorization_requests
    assert len(asked.parameters["nonce"]) == 64
    assert asked.parameters["nonce"] != asked.parameters["state"]
    connection = answered(await oidc.caller.get(f"connections/{connection_id}"))
    assert connection["metadata"] == {"iss": oidc.provider.issuer, "sub": "alice"}


@pytest.mark.parametrize("nonce", ["another", None])
async def test_oidcc_client_test_nonce_invalid(oidc: Setting, nonce: str | None) -> None:
    await oidc.script(id_token_claims={"nonce": nonce})
    started, callback = await oidc.relayed()
    told = refused(await oidc.caller.callback(callback), 502, "provider_protocol_error")
    assert told["extensions"]["error"] == "id_token_nonce"
    assert (await oidc.caller.flow(started["flowId"]))["status"] == "failed"


async def test_oidcc_client_test_idtoken_sig_none(oidc: Setting) -> None:
    await oidc.script(id_token_header={"alg": "none"})
    _, callback = await oidc.relayed()
    refused(await oidc.caller.callback(callback), 502, "provider_protocol_error")


async def test_a_discovered_endpoint_revokes(oidc: Setting) -> None:
    connection_id = await oidc.connection()
    answered(await oidc.caller.delete(f"connections/{connection_id}"))
    [grant] = (await oidc.provider.ledger(oidc.client_id)).grants
    assert grant.revoked
