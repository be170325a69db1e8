import attrs

from adapters.postgres.health import PostgresDependency
from adapters.postgres.pool import Pool, connected, open_pool
from domain.errors import StorageUnavailable
from domain.examination import Finding, State, judge_clock
from domain.ports import Clock, Examiner
from domain.secret import Secret

_LOOK = """
SELECT clock_timestamp() AS now, rolsuper OR rolbypassrls AS escapes FROM pg_roles WHERE rolname = current_user
"""


@attrs.frozen
class PostgresExaminer(Examiner):
    """Whether Postgres answers, with this version's schema, to a role that row security holds; and its clock."""

    dsn: Secret
    clock: Clock

    async def examine(self) -> list[Finding]:
        try:
            async with open_pool(self.dsn, max_size=1) as pool:
                return await self._examine(pool)
        except StorageUnavailable as error:
            cause = type(error.__cause__).__name__
            words = f"does not answer ({cause}). Check SWITCHBOARD_DATABASE_URL, and that Postgres runs."
            return [Finding("postgres", State.UNREACHABLE, words)]

    async def _examine(self, pool: Pool) -> list[Finding]:
        before = self.clock.now()
        async with connected(pool) as connection:
            row = await (await connection.execute(_LOOK)).fetchone()
        if row is None:
            raise StorageUnavailable
        clock = judge_clock("postgres: clock", row["now"], before=before, after=self.clock.now())
        answers = Finding("postgres", State.OK, "answers")
        return [answers, await _schema(pool), _role(escapes=row["escapes"]), clock]


async def _schema(pool: Pool) -> Finding:
    try:
        await PostgresDependency(pool).check()
    except StorageUnavailable as error:
        return Finding("postgres: schema", State.WRONG, error.message)
    return Finding("postgres: schema", State.OK, "is this version's, and takes writes")


def _role(*, escapes: bool) -> Finding:
    if escapes:
        words = "is a superuser or has BYPASSRLS: row security does not hold it. Take a plain role."
        return Finding("postgres: role", State.ADVICE, words)
    return Finding("postgres: role", State.OK, "is held by row security")
