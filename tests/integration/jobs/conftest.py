from collections.abc import AsyncIterator

import pytest

from tests.support.provider import StrictProvider
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Caller, Service, a_service
from tests.support.vault import a_vault_mount


@pytest.fixture(scope="session")
async def provider() -> AsyncIterator[StrictProvider]:
    provider = await StrictProvider.start()
    yield provider
    await provider.stop()


@pytest.fixture(scope="module")
async def service(postgres_server: PostgresServer, vault_server: VaultServer) -> AsyncIterator[Service]:
    async with (
        a_vault_mount(vault_server.address, vault_server.token) as mount,
        a_service(postgres_server, mount) as service,
    ):
        yield service


@pytest.fixture
async def acme(service: Service) -> AsyncIterator[Caller]:
    async with service.caller() as caller:
        yield caller
