"""What the command sets up, and asks before it serves: the schema, Vault, and servers on this machine."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from adapters.postgres.examiner import PostgresExaminer
from adapters.postgres.leases import PostgresRefreshLeases
from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import open_pool
from adapters.postgres.secret_ledger import PostgresSecretLedger
from adapters.system.clock import SystemClock
from adapters.system.correlation import ContextCorrelation
from adapters.vault.client import VaultClient
from adapters.vault.examiner import VaultExaminer
from adapters.vault.inventory import VaultSecretInventory
from adapters.vault.operator_client import OperatorClient
from adapters.vault.session import open_vault_session
from adapters.vault.setup import VaultBootstrap
from app.settings import Settings
from app.use_cases.reconcile_secrets import ReconcileSecrets
from app.vault_login import login
from domain.ports import Examiner, Migrator, VaultSetup
from domain.ports.local_servers import Servers


def migrator(settings: Settings) -> Migrator:
    """What brings the schema up to date."""
    return PostgresMigrator(settings.database_url)


@asynccontextmanager
async def vault_setup(settings: Settings) -> AsyncIterator[VaultSetup]:
    """What sets Vault up; the settings' login is an operator's here."""
    async with open_vault_session(settings.vault_cacert) as session:
        operator = OperatorClient(
            session,
            address=settings.vault_addr,
            login=login(settings),
            correlation=ContextCorrelation(),
            namespace=settings.vault_namespace,
        )
        yield VaultBootstrap(operator, mount=settings.vault_kv_mount, transit_mount=settings.vault_transit_mount)


@asynccontextmanager
async def examiners(settings: Settings) -> AsyncIterator[Sequence[Examiner]]:
    """What looks at each dependency, under the service's own login."""
    clock = SystemClock()
    async with open_vault_session(settings.vault_cacert) as session:
        client = VaultClient(
            session,
            address=settings.vault_addr,
            login=login(settings),
            correlation=ContextCorrelation(),
            namespace=settings.vault_namespace,
        )
        yield (
            PostgresExaminer(settings.database_url, clock),
            VaultExaminer(client, clock, mount=settings.vault_kv_mount, transit_mount=settings.vault_transit_mount),
        )


@asynccontextmanager
async def reconciliation(settings: Settings) -> AsyncIterator[ReconcileSecrets]:
    """What compares the two stores; the settings' login is an operator's here."""
    async with (
        open_vault_session(settings.vault_cacert) as session,
        open_pool(settings.database_url, max_size=1) as pool,
    ):
        operator = OperatorClient(
            session,
            address=settings.vault_addr,
            login=login(settings),
            correlation=ContextCorrelation(),
            namespace=settings.vault_namespace,
        )
        inventory = VaultSecretInventory(operator, mount=settings.vault_kv_mount)
        yield ReconcileSecrets(
            inventory=inventory,
            ledger=PostgresSecretLedger(pool),
            leases=PostgresRefreshLeases(pool),
            clock=SystemClock(),
        )


@contextmanager
def embedded_servers(data_dir: Path) -> Iterator[Servers]:
    """The servers of `switchboard dev` on this folder. Raises ServersError, at once if another process has it open."""
    from adapters.embedded.servers import open_embedded_servers  # noqa: PLC0415 - an extra: Linux alone, and its wheels

    with open_embedded_servers(data_dir) as servers:
        yield servers


async def vault_policies(settings: Settings) -> Collection[str]:
    """The policies under which the service would run."""
    async with open_vault_session(settings.vault_cacert) as session:
        client = VaultClient(
            session,
            address=settings.vault_addr,
            login=login(settings),
            correlation=ContextCorrelation(),
            namespace=settings.vault_namespace,
        )
        return await client.look_up_own_token()
