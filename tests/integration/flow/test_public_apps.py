"""A public app's flow and connection belong to the caller's organisation, and its secret stays with its owner."""

from collections.abc import AsyncIterator

import attrs
import pytest

from tests.support.provider import ProviderClient, StrictProvider
from tests.support.rests import rests_are_over
from tests.support.service import Caller, Service, Setting, a_setting, answered, refused


@pytest.fixture
async def public(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app that a platform administrator made public, in the hands of another organisation than its own."""
    async with (
        a_setting(service, provider) as setting,
        service.http(service.admin_key.reveal()) as admin,
        service.caller() as other,
    ):
        url = setting.caller.below(f"apps/{setting.app['id']}")
        app = answered(await admin.put(url, json=setting.app | {"public": True}))
        yield attrs.evolve(setting, caller=other, app=app)
        assert (await admin.delete(url)).status_code in {200, 403, 404}, "gone, or public no longer"


async def connected(setting: Setting) -> str:
    async with setting.service.browser() as browser:
        flow = await setting.connect(browser)
    assert flow["status"] == "connected", flow
    return str(flow["connectionId"])


async def test_another_organisation_connects_and_its_tokens_are_refreshed(public: Setting) -> None:
    await public.script(access_token_lifetime_seconds=0)
    connection_id = await connected(public)
    answered(await public.caller.token(connection_id))
    assert await public.refreshes() == 1
    connection = answered(await public.caller.get(f"connections/{connection_id}"))
    assert connection["orgId"] == public.caller.organisation_id
    assert (connection["app"]["id"], connection["app"]["orgId"]) == (public.app["id"], public.app["orgId"])
    listed = answered(await public.caller.get("connections"))
    assert listed["items"] == [connection]
    credential = answered(await public.caller.get(f"credentials/{connection['credentialId']}"))
    assert "clientSecret" not in credential["data"]


async def test_the_grant_is_at_the_callers_path_and_the_owner_sees_nothing_of_it(
    public: Setting, service: Service
) -> None:
    connection_id = await connected(public)
    credential_id = answered(await public.caller.get(f"connections/{connection_id}"))["credentialId"]
    mine = f"{service.vault.mount}/data/{public.caller.organisation_id}/credentials/{credential_id}"
    assert (await service.vault.as_service("GET", mine))[0] == 200
    async with service.caller(organisation_id=public.app["orgId"]) as owner:
        assert answered(await owner.get("connections"))["totalCount"] == 0
        refused(await owner.get(f"connections/{connection_id}"), 404, "not_found")
        refused(await owner.token(connection_id), 404, "not_found")


async def test_connections_go_on_when_the_app_is_public_no_longer(public: Setting, service: Service) -> None:
    await public.script(access_token_lifetime_seconds=0)
    connection_id = await connected(public)
    async with service.http(service.admin_key.reveal()) as admin:
        url = f"/v1alpha1/organisations/{public.app['orgId']}/apps/{public.app['id']}"
        answered(await admin.put(url, json=public.app | {"public": False}))
    answered(await public.caller.token(connection_id))
    answered(await public.caller.get(f"connections/{connection_id}"))
    init = await public.caller.post("connection-init", {"appId": public.app["id"], "authType": "oauth2"})
    refused(init, 404, "not_found")


async def test_with_its_owner_the_app_is_gone_and_what_was_connected_to_it(public: Setting, service: Service) -> None:
    connection_id = await connected(public)
    credential_id = answered(await public.caller.get(f"connections/{connection_id}"))["credentialId"]
    async with service.http(service.admin_key.reveal()) as admin:
        answered(await admin.delete(f"/v1alpha1/organisations/{public.app['orgId']}"))
    refused(await public.caller.get(f"connections/{connection_id}"), 404, "not_found")
    refused(await public.caller.get(f"credentials/{credential_id}"), 404, "not_found")
    assert answered(await public.caller.get("connections"))["totalCount"] == 0
    organisations = (public.caller.organisation_id, public.app["orgId"])
    for path in (f"{organisations[0]}/credentials/{credential_id}", f"{organisations[1]}/apps/{public.app['id']}"):
        assert (await service.vault.as_root("GET", f"{service.vault.mount}/metadata/{path}"))[0] == 404


async def deleted(caller: Caller, app_id: str) -> None:
    answered(await caller.http.delete(caller.below(f"apps/{app_id}")))


async def test_a_deleted_apps_connections_go_on_and_no_flow_begins(page: Setting) -> None:
    await page.script(access_token_lifetime_seconds=0)
    connection_id = await connected(page)
    started = await page.start()
    async with page.service.browser() as browser:
        callback = await page.consent(browser, started)
        await deleted(page.caller, page.app["id"])
        await browser.get(callback)
    assert (await page.caller.flow(started["flowId"]))["status"] == "connected"
    answered(await page.caller.token(connection_id))
    assert await page.refreshes() == 1
    connection = answered(await page.caller.get(f"connections/{connection_id}"))
    assert connection["app"]["deletedAt"]
    init = await page.caller.post("connection-init", {"appId": page.app["id"], "authType": "oauth2"})
    refused(init, 404, "not_found")


async def test_a_rotated_secret_is_for_connections_that_there_were(page: Setting, service: Service) -> None:
    await page.script(access_token_lifetime_seconds=0)
    connection_id = await connected(page)
    rotated = ProviderClient(
        page.client_id,
        redirect_uris=(page.app["callbackUrl"],),
        client_secret="rotated-at-the-provider",
        authentication="client_secret_basic",
        scopes=("read", "offline_access"),
    )
    await page.provider.register(rotated)
    refused(await page.caller.token(connection_id), 502, "provider_unavailable")
    config = page.app["supportedAuthConfigs"][0]
    config["data"]["clientSecret"] = "rotated-at-the-provider"
    answered(await page.caller.http.put(page.caller.below(f"apps/{page.app['id']}"), json=page.app))
    await rests_are_over(service)
    answered(await page.caller.token(connection_id))


async def test_a_connection_keeps_the_endpoints_and_client_that_it_was_made_with(page: Setting) -> None:
    await page.script(access_token_lifetime_seconds=0)
    connection_id = await connected(page)
    data = page.app["supportedAuthConfigs"][0]["data"]
    data |= {"tokenEndpoint": "http://127.0.0.1:9/token", "clientId": "another", "clientSecret": page.client_secret}
    answered(await page.caller.http.put(page.caller.below(f"apps/{page.app['id']}"), json=page.app))
    answered(await page.caller.token(connection_id))
    assert await page.refreshes() == 1
