from adapters.postgres.examiner import PostgresExaminer
from adapters.system.clock import SystemClock
from domain.examination import Finding, State
from domain.secret import Secret
from tests.support.servers import PostgresServer


async def examine(dsn: Secret) -> dict[str, State]:
    findings: list[Finding] = await PostgresExaminer(dsn, SystemClock()).examine()
    return {finding.about: finding.state for finding in findings}


async def test_all_is_well_on_a_migrated_database_under_a_plain_role(migrated_database: Secret) -> None:
    names = ("postgres", "postgres: schema", "postgres: role", "postgres: clock")
    assert await examine(migrated_database) == dict.fromkeys(names, State.OK)


async def test_a_schema_that_is_behind_is_wrong(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as dsn:
        assert (await examine(dsn))["postgres: schema"] is State.WRONG


async def test_a_superuser_is_told_of(postgres_server: PostgresServer) -> None:
    assert (await examine(postgres_server.dsn))["postgres: role"] is State.ADVICE


async def test_a_postgres_that_is_away_is_unreachable() -> None:
    assert await examine(Secret("postgresql://nobody@127.0.0.1:9/nothing")) == {"postgres": State.UNREACHABLE}
