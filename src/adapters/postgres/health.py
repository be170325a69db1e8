import attrs
import psycopg

from adapters.postgres.pool import READ_ONLY, Pool, connected, replace_connections
from adapters.postgres.revisions import is_behind
from domain.errors import StorageUnavailable

_LOOK = """
SELECT max(version_num) AS revision, current_setting('transaction_read_only') = 'on' AS read_only
FROM alembic_version
"""


@attrs.frozen
class PostgresDependency:
    """A Dependency: Postgres answers, takes writes, and its schema is this version's or a later one's."""

    pool: Pool
    name: str = "postgres"

    async def check(self) -> None:
        try:
            async with connected(self.pool) as connection:
                found = await (await connection.execute(_LOOK)).fetchone()
        except StorageUnavailable as error:
            if isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                raise _behind() from error
            raise
        if found is None or is_behind(found["revision"]):
            raise _behind()
        if found["read_only"]:
            await replace_connections(self.pool)
            raise StorageUnavailable(READ_ONLY)


def _behind() -> StorageUnavailable:
    return StorageUnavailable("The database's schema is behind this version. Run: switchboard migrate")
