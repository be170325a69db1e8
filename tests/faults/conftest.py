from collections.abc import AsyncIterator

import pytest
from dependency_injector import providers

from app.container import Container
from tests.faults.world import World, a_world
from tests.support.faulty import FaultySealedGrants, FaultySecrets
from tests.support.provider import StrictProvider
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Service, Setting, a_service, a_setting
from tests.support.vault import VaultMount, a_vault_mount

IMPATIENT_SECONDS = 0.3


@pytest.fixture(scope="session")
async def vault_mount(vault_server: VaultServer) -> AsyncIterator[VaultMount]:
    async with a_vault_mount(vault_server.address, vault_server.token) as mount:
        yield mount


@pytest.fixture(scope="session")
async def world(
    postgres_server: PostgresServer,
    vault_mount: VaultMount,
    provider: StrictProvider,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    async with a_world(postgres_server, vault_mount, provider, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture(scope="session")
async def service(postgres_server: PostgresServer, vault_mount: VaultMount) -> AsyncIterator[Service]:
    """A service that gives a grant up soon, its secret store ready to be made faulty."""

    def arrange(container: Container) -> None:
        container.finalise_connection.add_kwargs(secure_seconds=IMPATIENT_SECONDS, record_seconds=2)

    async with a_service(postgres_server, vault_mount, arrange=arrange) as service:
        yield service


@pytest.fixture
async def secrets(service: Service) -> AsyncIterator[FaultySecrets]:
    """The fault over the service's Vault, for this test alone."""
    faulty = FaultySecrets(service.container.vault_secrets())
    with service.container.vault_secrets.override(providers.Object(faulty)):
        service.container.refresh.reset()
        yield faulty
    faulty.refuses = faulty.refuses_documents = False  # or what is still tried would be for ever
    service.container.refresh.reset()


@pytest.fixture
async def sealed(service: Service) -> AsyncIterator[FaultySealedGrants]:
    """The fault over what is sealed in the service's Postgres, for this test alone."""
    faulty = FaultySealedGrants(service.container.sealed_grants())
    with service.container.sealed_grants.override(providers.Object(faulty)):
        service.container.refresh.reset()
        yield faulty
    service.container.refresh.reset()


@pytest.fixture
async def relay(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    async with a_setting(service, provider, relay=True) as setting:
        yield setting
