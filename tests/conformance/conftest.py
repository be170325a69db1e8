from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.postgres.migrator import PostgresMigrator
from tests.support.served import served
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Reachable
from tests.support.vault import a_vault_mount

_OFFLINE = Path(__file__).parent / "offline"


@pytest.fixture(scope="session")
async def service(
    postgres_server: PostgresServer, vault_server: VaultServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Reachable]:
    """`switchboard serve` as it is in production, but that nothing it is told to reach is looked up."""
    folder = tmp_path_factory.mktemp("conformance")
    offline = {"SWITCHBOARD_ALLOW_INSECURE_PROVIDERS": "false", "PYTHONPATH": str(_OFFLINE)}
    async with a_vault_mount(vault_server.address, vault_server.token) as mount:
        with postgres_server.database() as dsn:
            PostgresMigrator(dsn).migrate()
            with served(dsn, mount, folder, **offline) as running:
                yield running.service
