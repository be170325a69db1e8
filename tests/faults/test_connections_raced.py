"""Connections that are changed while they, or their organisation, go: no secret outlives its record."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from dependency_injector import providers

from domain.ports import SecretKind, SecretPath, SecretStore
from domain.secret import Secret
from tests.faults.dying import dying_before, minutes_pass
from tests.integration.connections.making import API_KEY, an_app, created, delete, in_vault, replace
from tests.support.faulty import FaultySecrets
from tests.support.service import Caller, Service, answered, refused

Meanwhile = Callable[[], Awaitable[object]]


class Raced(FaultySecrets):
    """A store before whose next write of a credential something else happens."""

    def __init__(self, beneath: SecretStore, meanwhile: Meanwhile) -> None:
        super().__init__(beneath)
        self._meanwhile: list[Meanwhile] = [meanwhile]

    async def write(self, path: SecretPath, document: Mapping[str, Secret], *, version: int) -> int:
        if path.kind is SecretKind.CREDENTIAL and self._meanwhile:
            await self._meanwhile.pop()()
        return await self.beneath.write(path, document, version=version)


@pytest.fixture
async def acme(service: Service) -> AsyncIterator[Caller]:
    async with service.caller() as caller:
        yield caller


@contextmanager
def raced(service: Service, meanwhile: Meanwhile) -> Iterator[None]:
    with service.container.secrets.override(providers.Object(Raced(service.container.secrets(), meanwhile))):
        yield


async def credentials_left(service: Service, organisation_id: str) -> object:
    listing = f"{service.vault.mount}/metadata/{organisation_id}/credentials?list=true"
    _, listed = await service.vault.as_root("GET", listing)
    return listed.get("data")


async def test_a_replacement_does_not_bring_a_deleted_connections_secret_back(service: Service, acme: Caller) -> None:
    made = await created(acme, API_KEY, apiKey="k-1")
    with raced(service, lambda: delete(acme, made)):
        refused(await replace(acme, made, data={"apiKey": "k-2"}), 404, "not_found")
    assert await in_vault(service, made) is None


async def test_a_replacement_does_not_outlive_its_organisation(service: Service, acme: Caller) -> None:
    made = await created(acme, API_KEY, apiKey="k-1")
    with raced(service, lambda: off_board(service, acme)):
        refused(await replace(acme, made, data={"apiKey": "k-2"}), 404, "not_found")
    assert not await credentials_left(service, acme.organisation_id)


async def test_a_new_connection_is_waited_for_by_its_organisations_removal(service: Service, acme: Caller) -> None:
    body = {"name": "Mine", "appId": await an_app(acme, API_KEY), "authType": "apikey", "data": {"apiKey": "k-1"}}
    with raced(service, lambda: waits(service, acme)):
        answered(await acme.post("connections", body), 201)
    await off_board(service, acme)
    assert not await credentials_left(service, acme.organisation_id)


async def test_a_connection_killed_after_its_write_leaves_no_secret_of_a_removed_organisation(
    service: Service, acme: Caller
) -> None:
    body = {"name": "Mine", "appId": await an_app(acme, API_KEY), "authType": "apikey", "data": {"apiKey": "k-1"}}
    with raced(service, lambda: waits(service, acme)), dying_before(service, "confirm"):
        refused(await acme.post("connections", body), 503, "storage_unavailable")
    assert await credentials_left(service, acme.organisation_id)
    await waits(service, acme)
    await minutes_pass(service)
    await off_board(service, acme)
    assert not await credentials_left(service, acme.organisation_id)


async def waits(service: Service, caller: Caller) -> None:
    """Its organisation's removal begins, and does not end."""
    async with service.http(service.admin_key.reveal()) as admin:
        removing = await admin.delete(f"/v1alpha1/organisations/{caller.organisation_id}")
        refused(removing, 409, "callback_in_progress")


async def off_board(service: Service, caller: Caller) -> None:
    async with service.http(service.admin_key.reveal()) as admin:
        answered(await admin.delete(f"/v1alpha1/organisations/{caller.organisation_id}"))
