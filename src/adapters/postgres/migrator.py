"""The schema: whether it is this version's, and bringing it up to date. Alembic is loaded only where it has work."""

from typing import Any, LiteralString

import attrs
import psycopg
from psycopg.rows import scalar_row

from adapters.postgres.revisions import is_behind
from domain.errors import StorageUnavailable
from domain.secret import Secret

_SECONDS_TO_CONNECT = 5
_REVISION = "SELECT max(version_num) FROM alembic_version"
_ESCAPES = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


@attrs.frozen
class PostgresMigrator:
    """A Migrator.

    Its role owns the schema, and need be no superuser. The service's needs no more than to read and write the tables.
    """

    dsn: Secret

    def migrate(self) -> None:
        if self.pending():
            from adapters.postgres.upgrade import upgrade  # noqa: PLC0415 - a third of the time until a start serves

            upgrade(self._connected())

    def pending(self) -> bool:
        try:
            return is_behind(self._value(_REVISION))
        except StorageUnavailable as error:
            if isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                return True
            raise

    def escapes_row_security(self) -> bool:
        return bool(self._value(_ESCAPES))

    def sql(self) -> str:
        from adapters.postgres.upgrade import upgrade_sql  # noqa: PLC0415 - as above

        return upgrade_sql()

    def _value(self, question: LiteralString) -> Any:
        try:
            with self._connected() as connection, connection.cursor(row_factory=scalar_row) as cursor:
                return cursor.execute(question).fetchone()
        except psycopg.Error as error:
            raise StorageUnavailable from error

    def _connected(self) -> psycopg.Connection:
        try:
            return psycopg.connect(self.dsn.reveal(), connect_timeout=_SECONDS_TO_CONNECT, prepare_threshold=None)
        except psycopg.Error as error:
            raise StorageUnavailable from error
