from collections.abc import Sequence

import attrs

from adapters.postgres.connection_rows import read_connection
from adapters.postgres.pool import Pool
from adapters.postgres.tenancy import Reach, ask
from domain.connections import Connection

# 'active' is spelt out: only so does the planner know the index for its own.
_TAKE = """
UPDATE connections
SET refresh_due_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = ANY (ARRAY (
    SELECT id
    FROM connections
    WHERE
        status = 'active'
        AND refresh_due_at <= statement_timestamp()
        AND NOT EXISTS (SELECT FROM organisations WHERE id = connections.organisation_id AND deleting_at IS NOT NULL)
    ORDER BY refresh_due_at
    LIMIT %(first)s
    FOR UPDATE OF connections SKIP LOCKED
))
RETURNING *
"""
_SECONDS_LATE = """
SELECT COALESCE(extract(epoch FROM clock_timestamp() - min(refresh_due_at)), 0)::float8 AS late
FROM (
    SELECT refresh_due_at
    FROM connections
    WHERE status = 'active' AND refresh_due_at <= statement_timestamp()
    ORDER BY refresh_due_at
    LIMIT 1
) AS longest_due
"""


@attrs.frozen
class PostgresDueRefreshes:
    """A DueRefreshes."""

    pool: Pool

    async def take(self, *, first: int, seconds: float) -> Sequence[Connection]:
        parameters = {"first": first, "seconds": seconds}
        rows = (await ask(self.pool, None, _TAKE, parameters, reach=Reach.DUE)).rows
        return [read_connection(row) for row in rows]

    async def seconds_late(self) -> float:
        [row] = (await ask(self.pool, None, _SECONDS_LATE, reach=Reach.DUE)).rows
        return float(row["late"])
