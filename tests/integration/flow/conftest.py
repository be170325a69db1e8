from collections.abc import AsyncIterator

import pytest

from tests.support.provider import StrictProvider
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Service, Setting, a_service, a_setting
from tests.support.vault import a_vault_mount


@pytest.fixture(scope="session")
async def provider() -> AsyncIterator[StrictProvider]:
    provider = await StrictProvider.start()
    yield provider
    await provider.stop()


@pytest.fixture(scope="session")
async def service(postgres_server: PostgresServer, vault_server: VaultServer) -> AsyncIterator[Service]:
    async with (
        a_vault_mount(vault_server.address, vault_server.token) as mount,
        a_service(postgres_server, mount) as service,
    ):
        yield service


@pytest.fixture
async def page(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app whose flows end on our landing page."""
    async with a_setting(service, provider) as setting:
        yield setting


@pytest.fixture
async def relay(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app whose own front end hands the callback to the API."""
    async with a_setting(service, provider, relay=True) as setting:
        yield setting
