"""What Alembic does with the schema. Only who has something to migrate imports this: it takes longer than to serve."""

from io import StringIO
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from adapters.postgres.revisions import is_behind
from domain.errors import StorageUnavailable

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x5377_6974_6368  # "Switch": any number, as long as it is always the same


def upgrade(connection: psycopg.Connection) -> None:
    """Bring the schema up to date in one transaction, and close the connection.

    One at a time does it, and whoever waited finds it done. Raises StorageUnavailable.
    """
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=NullPool)
    try:
        with engine.begin() as transaction:
            _upgrade(transaction)
    except (SQLAlchemyError, psycopg.Error) as error:
        raise StorageUnavailable from error


def upgrade_sql() -> str:
    """The whole of it, from nothing."""
    written = StringIO()
    command.upgrade(_config(written), "head", sql=True)
    return written.getvalue()


def _upgrade(connection: sa.Connection) -> None:
    # Of the transaction, not of the session: a pooler in transaction mode can neither lose nor keep them.
    connection.execute(sa.text("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"))
    # A revision that changes rows says so (NO FORCE ROW LEVEL SECURITY), or fails: it would find none.
    connection.execute(sa.text("SET LOCAL row_security = off"))
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if is_behind(MigrationContext.configure(connection).get_current_revision()):
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config(output: StringIO | None = None) -> Config:
    config = Config() if output is None else Config(output_buffer=output)
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
