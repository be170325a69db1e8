import attrs

from adapters.postgres.pool import Pool, connected
from domain.errors import StorageUnavailable
from domain.secret import Secret


@attrs.define
class PostgresCursorKey:
    """A CursorKey: made by the migration, and read once for each process."""

    pool: Pool
    _key: Secret | None = attrs.field(default=None, init=False)

    async def read(self) -> Secret:
        if self._key is None:
            async with connected(self.pool) as connection:
                row = await (await connection.execute("SELECT encode(key, 'hex') AS key FROM cursor_key")).fetchone()
            if row is None:
                raise StorageUnavailable("The database has no cursor key: migrate it.")
            self._key = Secret(row["key"])
        return self._key
