from collections.abc import AsyncIterator

import pytest

from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Service, a_service
from tests.support.vault import a_vault_mount


@pytest.fixture(scope="session")
async def service(postgres_server: PostgresServer, vault_server: VaultServer) -> AsyncIterator[Service]:
    """The service in this process, one for all tests: each has an organisation of its own."""
    async with (
        a_vault_mount(vault_server.address, vault_server.token) as mount,
        a_service(postgres_server, mount) as service,
    ):
        yield service
