from collections.abc import AsyncIterator

import pytest

from tests.integration.vault.scripted import ScriptedVault, a_scripted_vault
from tests.support.servers import VaultServer
from tests.support.vault import VaultMount, a_vault_mount


@pytest.fixture
async def vault(vault_server: VaultServer) -> AsyncIterator[VaultMount]:
    async with a_vault_mount(vault_server.address, vault_server.token) as mount:
        yield mount


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedVault]:
    async with a_scripted_vault() as vault:
        yield vault
