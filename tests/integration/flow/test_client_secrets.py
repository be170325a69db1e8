"""A client secret is remembered; and yet one that was replaced is used nowhere any more, wherever it was replaced."""

import attrs

from domain.ids import AppId, OrganisationId
from domain.ports import SecretKind, SecretPath
from tests.support.provider import ProviderClient
from tests.support.service import Service, Setting, a_replica, answered, refused


async def finalised(relay: Setting) -> str:
    """The status of a whole new flow."""
    started, callback = await relay.relayed()
    await relay.caller.callback(callback)
    return str((await relay.caller.flow(started["flowId"]))["status"])


async def rotated(relay: Setting, secret: str) -> None:
    """Only the new secret is good at the provider from now on; nobody told us yet."""
    await relay.provider.register(
        ProviderClient(
            relay.client_id,
            redirect_uris=(relay.app["relayCallbackUrl"],),
            client_secret=secret,
            authentication="client_secret_basic",
            scopes=("read", "offline_access"),
        )
    )


async def replaced(relay: Setting, by: Service, secret: str) -> None:
    """The app's secret, through this process."""
    app = relay.app
    app["supportedAuthConfigs"][0]["data"]["clientSecret"] = secret
    async with by.http(relay.caller.http.headers["Authorization"].removeprefix("Bearer ")) as http:
        answered(await http.put(relay.caller.below(f"apps/{app['id']}"), json=app))


async def test_a_replaced_secret_is_used_at_once_by_every_process(relay: Setting, service: Service) -> None:
    assert await finalised(relay) == "connected"
    async with a_replica(service) as elsewhere:
        for secret in ("rotated once", "rotated twice"):
            await rotated(relay, secret)
            await replaced(relay, elsewhere, secret)
            assert await finalised(relay) == "connected"
    assert (await relay.provider.ledger(relay.client_id)).count("client_secret") == 0


async def test_a_replaced_secret_is_refreshed_with_at_once_by_every_process(relay: Setting, service: Service) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=0)
    answered(await relay.caller.token(connection))
    async with a_replica(service) as elsewhere:
        for secret in ("rotated once", "rotated twice"):
            await rotated(relay, secret)
            await relay.script(access_token_lifetime_seconds=0)
            await replaced(relay, elsewhere, secret)
            answered(await relay.caller.token(connection))
    assert await relay.refreshes() == 3
    assert (await relay.provider.ledger(relay.client_id)).count("client_secret") == 0


async def test_a_secret_that_nobody_replaced_is_asked_of_vault_once(relay: Setting, service: Service) -> None:
    assert await finalised(relay) == "connected"
    path = SecretPath(OrganisationId(relay.caller.organisation_id), SecretKind.APP, AppId(relay.app["id"]))
    await service.container.secrets().destroy(path)
    assert await finalised(relay) == "connected"
    async with a_replica(service) as elsewhere, elsewhere.http(None) as http:
        http.headers["Authorization"] = relay.caller.http.headers["Authorization"]
        _, callback = await relay.relayed()
        refused(await attrs.evolve(relay.caller, http=http).callback(callback), 503, "storage_unavailable")
