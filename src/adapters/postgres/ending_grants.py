from datetime import timedelta

import attrs

from adapters.postgres.pool import Pool
from adapters.postgres.tenancy import Reach, ask
from domain.ports import Ending

# 'active' is spelt out: only so does the planner know the indices for its own. In their order it stops at the limit.
_COUNT = """
SELECT
    (
        SELECT count(*)
        FROM (
            SELECT
            FROM connections
            WHERE status = 'active' AND grant_final_at <= statement_timestamp() + %(within)s
            ORDER BY grant_final_at
            LIMIT %(most)s
        ) AS final
    ) AS final,
    (
        SELECT count(*)
        FROM (
            SELECT
            FROM connections
            WHERE status = 'active' AND grant_idle_at <= statement_timestamp() + %(within)s
            ORDER BY grant_idle_at
            LIMIT %(most)s
        ) AS idle
    ) AS idle
"""


@attrs.frozen
class PostgresEndingGrants:
    """An EndingGrants."""

    pool: Pool

    async def count(self, *, within: timedelta, most: int) -> Ending:
        [row] = (await ask(self.pool, None, _COUNT, {"within": within, "most": most}, reach=Reach.ENDING)).rows
        return Ending(final=row["final"], idle=row["idle"])
