"""Roles and databases, made as the superuser by the wheel's own psql: psycopg has its own room.

psql does the quoting. Passwords reach it in its environment, which only its user can read.
"""

import subprocess
from pathlib import Path

import attrs

from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.postgres_cluster import SUPERUSER
from adapters.embedded.processes import SERVER_ENVIRONMENT
from adapters.embedded.tcp_ports import LOOPBACK
from domain.secret import Secret

_SECONDS = 60

# No statement goes to the server's log when it fails: the second one has the password in it.
_ROLE = r"""
SET log_min_error_statement = 'panic';
\getenv role_password ROLE_PASSWORD
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')
\gexec
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'role_password';
"""

_DATABASE = r"""
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec
"""


@attrs.frozen
class Psql:
    """The superuser's psql on one server."""

    binary: Path
    port: int
    password: Secret

    def ensure_role(self, name: str, *, password: Secret) -> None:
        """A role that may log in with this password and has no other privilege, whether it was there or not."""
        self._run(_ROLE, {"role": name}, env={"ROLE_PASSWORD": password.reveal()})

    def ensure_database(self, name: str, *, owner: str) -> None:
        """A database of this name; one that is there stays as it is."""
        self._run(_DATABASE, {"database": name, "owner": owner})

    def _run(self, script: str, variables: dict[str, str], *, env: dict[str, str] | None = None) -> None:
        settings = {"ON_ERROR_STOP": "1", "VERBOSITY": "terse", **variables}  # terse: the statement is not shown
        options = (f"--set={name}={value}" for name, value in settings.items())
        connection = {
            "PGHOST": LOOPBACK,
            "PGPORT": str(self.port),
            "PGUSER": SUPERUSER,
            "PGDATABASE": "postgres",
            "PGPASSWORD": self.password.reveal(),
        }
        done = subprocess.run(
            [self.binary, "--no-psqlrc", "--quiet", *options],
            input=script,
            env={**SERVER_ENVIRONMENT, **connection, **(env or {})},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise EmbeddedServerFailed(f"Postgres refused: {done.stderr.strip()}")
