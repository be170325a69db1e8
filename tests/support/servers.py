"""The real servers of a test run: those the environment names, else embedded ones, else (if asked for) containers.

SWITCHBOARD_TEST_POSTGRES_DSN                    a Postgres, as a superuser
SWITCHBOARD_TEST_VAULT_ADDR, …_VAULT_TOKEN       a Vault or an OpenBao, with a root token
SWITCHBOARD_TEST_SERVERS                         for what is not named: ``embedded`` (the default) or ``containers``
"""

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.embedded.openbao import EmbeddedOpenBao
from adapters.embedded.postgres import EmbeddedPostgres
from domain.secret import Secret

WATCHER = "switchboard_test_watcher"
_DATABASE = """
CREATE ROLE {name} LOGIN NOINHERIT PASSWORD {password};
GRANT {watcher} TO {name};
CREATE DATABASE {name} OWNER {name};
ALTER DATABASE {name} SET synchronous_commit = off
"""
_WATCHER = """
CREATE ROLE {watcher} BYPASSRLS;
GRANT pg_read_all_data, pg_write_all_data TO {watcher};
GRANT SET ON PARAMETER session_replication_role TO {watcher}
"""


@attrs.frozen
class PostgresServer:
    """A Postgres on which tests make databases of their own; what else is there stays as it is.

    Attributes:
        dropping: Where databases are dropped, one after the other.

    """

    dsn: Secret
    dropping: Executor

    @contextmanager
    def database(self) -> Iterator[Secret]:
        """The DSN of a new, empty database, which is dropped soon afterwards, whoever is still connected.

        It is that of the database's owner, as the service has it: no superuser, and held by row security. Only as
        WATCHER, which it may become, does it see what is in every row.
        """
        name, password = f"switchboard_test_{secrets.token_hex(8)}", secrets.token_hex(8)
        # A test's data need not outlive a power cut, and commits are the dearest part of a test.
        with suppress(psycopg.errors.DuplicateObject):
            self._run(_WATCHER, name)
        self._run(_DATABASE, name, password)
        try:
            yield Secret(make_conninfo(self.dsn.reveal(), dbname=name, user=name, password=password))
        finally:
            # Not waited for: it waits itself for every client that just says who it is, which may be one of this very
            # thread's event loop. Postgres would end that wait after a minute.
            self.dropping.submit(self._run, "DROP DATABASE {name} WITH (FORCE); DROP ROLE {name}", name)

    def _run(self, statements: str, name: str, password: str = "") -> None:
        named = {"name": sql.Identifier(name), "password": sql.Literal(password), "watcher": sql.Identifier(WATCHER)}
        with psycopg.connect(self.dsn.reveal(), autocommit=True) as connection:
            for statement in statements.split(";"):  # none may be in a transaction with another
                connection.execute(sql.SQL(statement).format(**named))


@attrs.frozen
class VaultServer:
    """A Vault or an OpenBao, unsealed, and a token that may do everything there."""

    address: str
    token: Secret


@contextmanager
def a_postgres_server(folder: Path) -> Iterator[PostgresServer]:
    """The run's Postgres; an embedded one keeps its data in ``folder``."""
    with _a_postgres_dsn(folder) as dsn, ThreadPoolExecutor(max_workers=1) as dropping:
        yield PostgresServer(dsn, dropping)


@contextmanager
def _a_postgres_dsn(folder: Path) -> Iterator[Secret]:
    if dsn := os.environ.get("SWITCHBOARD_TEST_POSTGRES_DSN"):
        yield Secret(dsn)
    elif _containers_wanted():
        from tests.support.containers import postgres_container  # noqa: PLC0415 - asks for a container engine

        with postgres_container() as dsn_of_container:
            yield dsn_of_container
    else:
        server = EmbeddedPostgres.start(folder)
        try:
            yield server.dsn
        finally:
            server.stop()


@contextmanager
def a_vault_server(folder: Path) -> Iterator[VaultServer]:
    """The run's Vault; an embedded one keeps its data in ``folder``."""
    if address := os.environ.get("SWITCHBOARD_TEST_VAULT_ADDR"):
        yield VaultServer(address, Secret(os.environ["SWITCHBOARD_TEST_VAULT_TOKEN"]))
    elif _containers_wanted():
        from tests.support.containers import vault_container  # noqa: PLC0415 - asks for a container engine

        token = Secret(secrets.token_urlsafe(32))
        with vault_container(token) as address_of_container:
            yield VaultServer(address_of_container, token)
    else:
        server = EmbeddedOpenBao.start(folder)
        try:
            yield VaultServer(server.address, server.root_token)
        finally:
            server.stop()


def _containers_wanted() -> bool:
    wanted = os.environ.get("SWITCHBOARD_TEST_SERVERS") or "embedded"
    if wanted not in {"embedded", "containers"}:
        raise ValueError(f"SWITCHBOARD_TEST_SERVERS is {wanted!r}: say embedded or containers")
    return wanted == "containers"
