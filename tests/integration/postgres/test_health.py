from collections.abc import Iterator

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from adapters.postgres import migrations
from adapters.postgres.health import PostgresDependency
from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import Pool, open_pool
from adapters.postgres.revisions import NEWEST
from domain.errors import StorageUnavailable
from domain.secret import Secret
from tests.integration.postgres.line import Line
from tests.support.servers import PostgresServer


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[Secret]:
    """An empty one."""
    with postgres_server.database() as dsn:
        yield dsn


async def refusal_of(dsn: Secret) -> str:
    async with open_pool(dsn) as pool:
        with pytest.raises(StorageUnavailable) as refusal:
            await PostgresDependency(pool).check()
    return str(refusal.value)


async def test_a_migrated_database_can_be_used(postgres_pool: Pool) -> None:
    await PostgresDependency(postgres_pool).check()


async def test_a_database_without_schema_or_with_an_older_one_is_behind(database: Secret) -> None:
    assert "switchboard migrate" in await refusal_of(database)
    PostgresMigrator(database).migrate()
    for statement in ("UPDATE alembic_version SET version_num = '0000'", "DELETE FROM alembic_version"):
        with psycopg.connect(database.reveal()) as connection:
            connection.execute(statement.encode())
        assert "switchboard migrate" in await refusal_of(database)


async def test_the_schema_of_a_later_release_can_be_used(database: Secret) -> None:
    PostgresMigrator(database).migrate()
    with psycopg.connect(database.reveal()) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    async with open_pool(database) as pool:
        await PostgresDependency(pool).check()


async def test_a_database_that_takes_no_writes_cannot_be_used(database: Secret) -> None:
    PostgresMigrator(database).migrate()
    with psycopg.connect(database.reveal()) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
    assert "takes no writes" in await refusal_of(database)


async def test_a_database_that_does_not_answer_cannot_be_used(pool: Pool, line: Line) -> None:
    pool.timeout = 0.1
    line.cut()
    with pytest.raises(StorageUnavailable):
        await PostgresDependency(pool).check()


def test_the_newest_revision_is_the_one_that_serving_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]
