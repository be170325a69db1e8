from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.http.asking import Connected, connect
from tests.support.provider import StrictProvider
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Caller, Service, a_service, a_setting
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
async def acme(service: Service) -> AsyncIterator[Caller]:
    """An owner in an organisation of the test's own."""
    async with service.caller() as caller:
        yield caller


@pytest.fixture
async def stranger(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key."""
    async with service.http(None) as http:
        yield http


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """The platform administrator of the settings."""
    async with service.http(service.admin_key.reveal()) as http:
        yield http


@pytest.fixture(scope="session")
async def connected(service: Service, provider: StrictProvider) -> AsyncIterator[Connected]:
    """An organisation that has one of everything. It belongs to all tests: look, and change nothing."""
    async with a_setting(service, provider, relay=True) as setting:
        yield await connect(setting)
