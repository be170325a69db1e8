"""What a workload runs on: a real Postgres, a real OpenBao, a provider, and `switchboard serve` processes on them.

The service has its own policy's token and its own plain database role; what looks and prepares is root and superuser.
"""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import attrs
import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.children import provider_process
from domain.secret import Secret
from tests.support.served import Served, served
from tests.support.servers import PostgresServer, VaultServer, a_postgres_server, a_vault_server
from tests.support.vault import VaultMount, a_vault_mount

CORES = 2
"""So many service processes there are, and so many processes of each floor."""


@attrs.frozen(kw_only=True)
class Stage:
    """What one workload has.

    Attributes:
        dsn: The service's: row security holds it.
        superuser_dsn: Of the same database.
        provider: The provider's base URL.

    """

    dsn: Secret
    superuser_dsn: Secret
    vault: VaultMount
    provider: str
    folder: Path

    def reach(self) -> dict[str, str]:
        """Where a floor finds everything, and as whom."""
        return {
            "dsn": self.superuser_dsn.reveal(),
            "vault": self.vault.address,
            "vault_token": self.vault.service_token.reveal(),
            "mount": self.vault.mount,
            "provider": self.provider,
        }

    @contextmanager
    def serving(self, *options: str, **settings: str) -> Iterator[Served]:
        """A `switchboard serve` of its own, ready; its jobs are off unless told, lest they work into the figures."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        with served(self.dsn, self.vault, folder, *options, **{"SWITCHBOARD_JOBS": "false"} | settings) as running:
            yield running


def processes_of(running: Served) -> list[psutil.Process]:
    """Those that answer requests: the children of the main process."""
    children = psutil.Process(running.process.pid).children(recursive=True)
    return [child for child in children if child.net_connections()]


@attrs.frozen(kw_only=True)
class Machine:
    """The servers that all workloads of a run share; each has a database and a mount of its own there."""

    postgres: PostgresServer
    openbao: VaultServer
    provider: str
    folder: Path

    @asynccontextmanager
    async def stage(self) -> AsyncIterator[Stage]:
        """Empty; dropped at its end."""
        with _database(self.postgres) as dsn:
            name = conninfo_to_dict(dsn.reveal())["dbname"]
            async with a_vault_mount(self.openbao.address, self.openbao.token) as vault:
                yield Stage(
                    dsn=dsn,
                    superuser_dsn=Secret(make_conninfo(self.postgres.dsn.reveal(), dbname=name)),
                    vault=vault,
                    provider=self.provider,
                    folder=self.folder,
                )


@asynccontextmanager
async def a_machine() -> AsyncIterator[Machine]:
    """Everything is stopped, and its data removed, at its end."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="switchboard-bench-")))
        yield Machine(
            postgres=stack.enter_context(a_postgres_server(folder / "postgres")),
            openbao=stack.enter_context(a_vault_server(folder / "openbao")),
            provider=await stack.enter_async_context(provider_process()),
            folder=folder,
        )


@contextmanager
def _database(postgres: PostgresServer) -> Iterator[Secret]:
    """A test's database, but that its commits are on the disk when they are answered, as in production."""
    with postgres.database() as dsn:
        with psycopg.connect(dsn.reveal(), autocommit=True) as connection:
            name = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("ALTER DATABASE {} RESET synchronous_commit").format(name))
        yield dsn
