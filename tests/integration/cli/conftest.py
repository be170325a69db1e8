from collections.abc import AsyncIterator

import pytest

from tests.integration.cli.reconciling import Stores
from tests.support.provider import StrictProvider
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Setting, a_service, a_setting
from tests.support.vault import VaultMount, a_vault_mount


@pytest.fixture
async def vault(vault_server: VaultServer) -> AsyncIterator[VaultMount]:
    async with a_vault_mount(vault_server.address, vault_server.token) as mount:
        yield mount


@pytest.fixture
async def stores(postgres_server: PostgresServer, vault: VaultMount) -> AsyncIterator[Stores]:
    async with a_service(postgres_server, vault) as service:
        yield Stores(service, await vault.operator_token())


@pytest.fixture
async def relay(stores: Stores, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app with its secret, in an organisation of its own."""
    async with a_setting(stores.service, provider, relay=True) as setting:
        yield setting
