from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest

from adapters.postgres.migrator import PostgresMigrator
from tests.support.served import served
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Reachable
from tests.support.vault import a_vault_mount

_OFFLINE = Path(__file__).parent / "offline"


class Serve(Protocol):
    async def __call__(self, **settings: str) -> Reachable: ...


@pytest.fixture(scope="session")
async def serve(
    postgres_server: PostgresServer, vault_server: VaultServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Serve]:
    """Start `switchboard serve` on a database and a mount of its own, until the end of the run."""
    async with AsyncExitStack() as running:

        async def started(**settings: str) -> Reachable:
            mount = await running.enter_async_context(a_vault_mount(vault_server.address, vault_server.token))
            dsn = running.enter_context(postgres_server.database())
            PostgresMigrator(dsn).migrate()
            folder = tmp_path_factory.mktemp("served")
            return running.enter_context(served(dsn, mount, folder, **settings)).service

        yield started


@pytest.fixture(scope="session")
async def fuzzed(serve: Serve) -> Reachable:
    """A service as in production, that looks up and reaches nothing outside of this machine."""
    return await serve(SWITCHBOARD_ALLOW_INSECURE_PROVIDERS="false", PYTHONPATH=str(_OFFLINE))


@pytest.fixture(scope="session")
async def service(serve: Serve) -> Reachable:
    """A service for which the strict provider, on loopback, is good enough."""
    return await serve()
