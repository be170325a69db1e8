"""The schema, brought up to date by Alembic. Nothing that serves requests imports this."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import attrs
import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from adapters.postgres.revisions import NEWEST
from domain.errors import StorageUnavailable
from domain.secret import Secret

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x5377_6974_6368  # "Switch": any number, as long as it is always the same
_SECONDS_TO_CONNECT = 5
_ESCAPES = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


@attrs.frozen
class PostgresMigrator:
    """A Migrator.

    Its role owns the schema, and need be no superuser. The service's needs no more than to read and write the tables.
    """

    dsn: Secret

    def migrate(self) -> None:
        with self._transaction() as connection:
            # Of the transaction, not of the session: a pooler in transaction mode can neither lose nor keep them.
            connection.execute(sa.text("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"))
            # A revision that changes rows says so (NO FORCE ROW LEVEL SECURITY), or fails: it would find none.
            connection.execute(sa.text("SET LOCAL row_security = off"))
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if _is_behind(connection):
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    def pending(self) -> bool:
        with self._transaction() as connection:
            return _is_behind(connection)

    def escapes_row_security(self) -> bool:
        with self._transaction() as connection:
            return bool(connection.execute(sa.text(_ESCAPES)).scalar_one())

    def sql(self) -> str:
        written = StringIO()
        command.upgrade(_config(written), "head", sql=True)
        return written.getvalue()

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        engine = sa.create_engine("postgresql+psycopg://", creator=self._connect, poolclass=NullPool)
        try:
            with engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, psycopg.Error) as error:
            raise StorageUnavailable from error

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.dsn.reveal(), connect_timeout=_SECONDS_TO_CONNECT, prepare_threshold=None)


def _is_behind(connection: sa.Connection) -> bool:
    """A schema of a later release is not behind: it serves this one too (``migrations/__init__.py``)."""
    revision = MigrationContext.configure(connection).get_current_revision()
    return revision is None or revision < NEWEST


def _config(output: StringIO | None = None) -> Config:
    config = Config() if output is None else Config(output_buffer=output)
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
