"""Refresh under faults (security.md, R4 to R7): what the provider hands over is kept."""

import asyncio

from dependency_injector import providers

from domain.errors import StorageUnavailable
from domain.ports import Lease, RefreshLeases
from domain.tokens import TokenGrant
from tests.support.faulty import FaultySecrets
from tests.support.service import Service, Setting, answered, refused


async def test_r4_while_vault_takes_no_writes_no_refresh_token_is_spent(relay: Setting, secrets: FaultySecrets) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    secrets.refuses = True
    refused(await relay.caller.token(connection), 503, "storage_unavailable")
    assert await relay.refreshes() == 0
    secrets.refuses = False
    answered(await relay.caller.token(connection))


async def test_r7_a_write_whose_answer_is_lost_is_read_back(relay: Setting, secrets: FaultySecrets) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    secrets.loses_answers = 1
    answered(await relay.caller.token(connection))
    assert await relay.refreshes() == 1


async def test_r7_a_rotated_token_waits_for_vault_as_long_as_it_takes(relay: Setting, secrets: FaultySecrets) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(hold_token=True)
    caller = asyncio.create_task(relay.caller.token(connection))
    await relay.provider.until_held(relay.client_id)
    secrets.refuses_documents = True
    await relay.provider.release(relay.client_id)
    caller.cancel()
    await asyncio.wait({caller})
    secrets.refuses_documents = False
    await relay.script(hold_token=False)
    answered(await relay.caller.token(connection))
    ledger = await relay.provider.ledger(relay.client_id)
    assert ledger.count("refresh_token_reused") == 0
    assert await relay.refreshes() == 1


async def test_r8_a_refresh_that_cannot_be_recorded_is_issued_all_the_same(relay: Setting, service: Service) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    with service.container.leases.override(providers.Object(ForgetfulLeases(service.container.leases()))):
        service.container.refresh.reset()
        fresh = answered(await relay.caller.token(connection))
    service.container.refresh.reset()
    service.container.current_grants().missed()
    assert answered(await relay.caller.token(connection))["access_token"] == fresh["access_token"]
    assert await relay.refreshes() == 1


class ForgetfulLeases:
    """Leases that fail just before they record a refresh."""

    def __init__(self, beneath: RefreshLeases) -> None:
        self.beneath = beneath

    def __getattr__(self, name: str) -> object:
        return getattr(self.beneath, name)

    async def record(self, lease: Lease, grant: TokenGrant, *, secret_version: int) -> bool:
        del lease, grant, secret_version
        raise StorageUnavailable
