from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from adapters.postgres.migrator import PostgresMigrator
from domain.errors import StorageUnavailable
from domain.ports import Migrator
from domain.secret import Secret
from tests.support.servers import PostgresServer

TABLES = {
    "api_keys",
    "app_incidents",
    "apps",
    "audit_events",
    "connection_counts",
    "credential_counts",
    "connections",
    "credentials",
    "cursor_key",
    "flows",
    "organisations",
    "refresh_leases",
    "sealed_grants",
    "signing_keys",
}


@pytest.fixture
def empty_database(postgres_server: PostgresServer) -> Iterator[Secret]:
    with postgres_server.database() as dsn:
        yield dsn


@pytest.fixture
def migrator(empty_database: Secret) -> Migrator:
    return PostgresMigrator(empty_database)


def tables_of(dsn: Secret) -> set[str]:
    statement = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    with psycopg.connect(dsn.reveal()) as connection:
        return {name for (name,) in connection.execute(statement)}


def test_an_empty_database_is_behind_and_stays_as_it_is(migrator: Migrator, empty_database: Secret) -> None:
    assert migrator.pending()
    assert tables_of(empty_database) == set()


def test_a_migrated_database_is_not_behind(migrator: Migrator, empty_database: Secret) -> None:
    migrator.migrate()
    assert not migrator.pending()
    assert tables_of(empty_database) == TABLES


def test_migrating_again_changes_nothing(migrator: Migrator, empty_database: Secret) -> None:
    migrator.migrate()
    with psycopg.connect(empty_database.reveal(), autocommit=True) as connection:
        connection.execute("SET switchboard.organisation_id = 'acme'")
        connection.execute("INSERT INTO organisations (id, name, created_at) VALUES ('acme', 'Acme', now())")
    migrator.migrate()
    with psycopg.connect(empty_database.reveal()) as connection:
        assert connection.execute("SELECT id FROM organisations").fetchall() == [("acme",)]


def test_of_many_that_migrate_at_once_one_does_it_and_the_others_wait(
    migrator: Migrator, empty_database: Secret
) -> None:
    with ThreadPoolExecutor(8) as threads:
        for migrating in [threads.submit(migrator.migrate) for _ in range(8)]:
            migrating.result()
    assert not migrator.pending()
    assert tables_of(empty_database) == TABLES


def test_the_statements_make_the_same_schema_from_nothing(migrator: Migrator, empty_database: Secret) -> None:
    with psycopg.connect(empty_database.reveal(), autocommit=True) as connection:
        connection.execute(migrator.sql().encode())
    assert not migrator.pending()
    assert tables_of(empty_database) == TABLES


def test_a_later_releases_schema_is_not_behind_and_is_left_alone(migrator: Migrator, empty_database: Secret) -> None:
    migrator.migrate()
    with psycopg.connect(empty_database.reveal(), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert not migrator.pending()
    migrator.migrate()
    with psycopg.connect(empty_database.reveal()) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_a_role_that_row_security_does_not_hold_is_seen(migrator: Migrator, postgres_server: PostgresServer) -> None:
    assert not migrator.escapes_row_security()
    assert PostgresMigrator(postgres_server.dsn).escapes_row_security()


@pytest.mark.parametrize("what", ["migrate", "pending", "escapes_row_security"])
def test_a_database_that_cannot_be_reached_is_storage_unavailable(empty_database: Secret, what: str) -> None:
    unreachable = PostgresMigrator(Secret(make_conninfo(empty_database.reveal(), dbname="no_such_database")))
    with pytest.raises(StorageUnavailable) as refusal:
        getattr(unreachable, what)()
    assert refusal.value.__cause__ is not None
