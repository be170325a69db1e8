"""Deleting a connection (C51)."""

from tests.integration.connections.making import API_KEY, created, delete, in_vault
from tests.support.provider import StrictProvider
from tests.support.service import Caller, Service, a_setting, answered, refused


async def test_c51_a_deleted_connection_is_gone_with_its_credential_and_every_version_of_its_secret(
    acme: Caller, service: Service
) -> None:
    connection = await created(acme, API_KEY, apiKey="k-1")
    assert answered(await delete(acme, connection)) == {"id": connection["id"]}
    assert await in_vault(service, connection) is None
    refused(await acme.get(f"connections/{connection['id']}"), 404, "not_found")
    refused(await acme.get(f"credentials/{connection['credentialId']}"), 404, "not_found")
    refused(await acme.post(f"connections/{connection['id']}/headers"), 404, "not_found")
    assert answered(await acme.get("connections"))["totalCount"] == 0
    refused(await delete(acme, connection), 404, "not_found")


async def test_a_code_grants_connection_is_deleted_and_its_callback_finds_it_no_more(
    service: Service, provider: StrictProvider
) -> None:
    async with a_setting(service, provider, relay=True) as relay:
        started, callback = await relay.relayed()
        answered(await relay.caller.callback(callback), 201)
        connection_id = (await relay.caller.flow(started["flowId"]))["connectionId"]
        connection = answered(await relay.caller.get(f"connections/{connection_id}"))
        answered(await delete(relay.caller, connection))
        assert await in_vault(service, connection) is None
        refused(await relay.caller.token(connection_id), 404, "not_found")
        refused(await relay.caller.callback(callback), 400, "invalid_state")


async def test_another_organisation_deletes_nothing(acme: Caller, service: Service) -> None:
    connection = await created(acme, API_KEY, apiKey="k-1")
    async with service.caller() as other:
        refused(await other.http.delete(other.below(f"connections/{connection['id']}")), 404, "not_found")
    assert await in_vault(service, connection) == {"raw": "k-1"}
