"""The servers and the provider of a run, each started by the first test that asks for it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import Pool, open_pool
from domain.secret import Secret
from tests.support.postgres import empty_tables, none_checked_out
from tests.support.provider import StrictProvider
from tests.support.servers import PostgresServer, VaultServer, a_postgres_server, a_vault_server

_TESTS = Path(__file__).parent

# Hypothesis as a gate needs it: the same examples at each run, and no verdict that depends on the machine's speed.
settings.register_profile("gate", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gate")

# Of the processes of a run none may be left alone with these when the others have ended.
_LONGEST_FIRST = ("e2e", "faults", "conformance", "histories", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        folder = item.path.relative_to(_TESTS).parts[0]
        return _LONGEST_FIRST.index(folder) if folder in _LONGEST_FIRST else len(_LONGEST_FIRST)

    items.sort(key=turn)


@pytest.fixture(scope="session")
async def provider() -> AsyncIterator[StrictProvider]:
    provider = await StrictProvider.start()
    yield provider
    await provider.stop()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with a_postgres_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def vault_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultServer]:
    with a_vault_server(tmp_path_factory.mktemp("openbao")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres_server: PostgresServer) -> Iterator[Secret]:
    """The DSN of a database with this version's schema; what is in it is the test's before."""
    with postgres_server.database() as dsn:
        PostgresMigrator(dsn).migrate()
        yield dsn


@pytest.fixture(scope="session")
async def _run_pool(migrated_database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(migrated_database) as pool:
        yield pool


@pytest.fixture
async def postgres_pool(_run_pool: Pool) -> AsyncIterator[Pool]:
    """A pool on empty tables; at the end no connection may be left checked out."""
    await empty_tables(_run_pool)
    yield _run_pool
    assert await none_checked_out(_run_pool)
