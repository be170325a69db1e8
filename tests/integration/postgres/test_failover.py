"""Postgres is shut down under us, or becomes a standby: found again by itself, and said in words meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.health import PostgresDependency
from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.organisations import PostgresOrganisationStore
from adapters.postgres.pool import Pool, connected, open_pool
from adapters.postgres.sealed_grants import PostgresSealedGrantStore
from app.use_cases.check_readiness import CheckReadiness
from app.use_cases.in_flight import InFlight
from domain.errors import StorageUnavailable
from domain.ids import AttemptId
from domain.ports import SealedGrant, SecretKind, SecretPath
from domain.secret import Secret
from tests.contract.connecting import connect
from tests.contract.stores import postgres_stores
from tests.integration.postgres.line import Line
from tests.support.domain_examples import an_app, an_id, an_organisation
from tests.support.servers import PostgresServer

_CONNECTIONS = 4


@pytest.fixture
def dsn(postgres_server: PostgresServer) -> Iterator[Secret]:
    with postgres_server.database() as dsn:
        PostgresMigrator(dsn).migrate()
        yield dsn


@pytest.fixture
async def own_pool(dsn: Secret) -> AsyncIterator[Pool]:
    async with open_pool(dsn, max_size=_CONNECTIONS) as pool:
        yield pool


def becomes(dsn: Secret, read_only: str) -> None:
    """What new connections find from now on, as behind an address that follows the primary, or does not yet."""
    with psycopg.connect(dsn.reveal(), autocommit=True) as connection:
        connection.execute("SET transaction_read_only = off")
        name = sql.Identifier(connection.info.dbname)
        statement = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
        connection.execute(sql.SQL("BEGIN READ WRITE"))
        connection.execute(statement.format(name, sql.Literal(read_only)))
        connection.execute(sql.SQL("COMMIT"))


async def reads(pool: Pool) -> None:
    """Has a connection for so long that as many at once have as many of them."""
    async with connected(pool) as connection:
        await connection.execute("SELECT pg_sleep(0.1)")


async def add(pool: Pool) -> None:
    await PostgresOrganisationStore(pool).add(an_organisation())


async def test_57p01_connections_that_the_server_ended_are_replaced_before_anybody_gets_one(
    own_pool: Pool, dsn: Secret
) -> None:
    await asyncio.gather(*(add(own_pool) for _ in range(_CONNECTIONS)))
    with psycopg.connect(dsn.reveal(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await asyncio.gather(*(add(own_pool) for _ in range(2 * _CONNECTIONS)))


async def test_25006_after_one_refused_write_no_connection_to_what_became_a_standby_is_used(
    dsn: Secret,
) -> None:
    becomes(dsn, "on")
    async with open_pool(dsn, max_size=_CONNECTIONS) as pool:
        await asyncio.gather(*(reads(pool) for _ in range(_CONNECTIONS)))
        becomes(dsn, "off")
        with pytest.raises(StorageUnavailable, match="Point the database URL at the primary"):
            await add(pool)
        await asyncio.gather(*(add(pool) for _ in range(2 * _CONNECTIONS)))


async def test_25006_being_asked_whether_all_is_well_replaces_them_too(dsn: Secret) -> None:
    becomes(dsn, "on")
    async with open_pool(dsn, max_size=_CONNECTIONS) as pool:
        await asyncio.gather(*(reads(pool) for _ in range(_CONNECTIONS)))
        becomes(dsn, "off")
        with pytest.raises(StorageUnavailable, match="Point the database URL at the primary"):
            await PostgresDependency(pool).check()
        await asyncio.gather(*(add(pool) for _ in range(2 * _CONNECTIONS)))


async def test_a_sealed_grant_whose_commit_was_not_heard_of_is_added_again(
    postgres_pool: Pool, pool: Pool, line: Line
) -> None:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    connection = await connect(stores, organisation, app, secret_version=1)
    path = SecretPath(organisation.id, SecretKind.CREDENTIAL, connection.credential_id)
    grant = SealedGrant(path=path, version=2, attempt=an_id(AttemptId), sealed_key="vault:v1:AA", ciphertext=b"c")
    store = PostgresSealedGrantStore(pool)
    line.lose_the_answer_to("INSERT INTO sealed_grants")
    with pytest.raises(StorageUnavailable):
        await store.add(grant, seconds=10)
    assert await store.of(path) == [grant]
    await store.add(grant, seconds=10)
    assert await store.of(path) == [grant]


async def test_readiness_tells_within_seconds_of_a_postgres_that_is_frozen(pool: Pool, line: Line) -> None:
    check = CheckReadiness([PostgresDependency(pool)], in_flight=InFlight(), seconds=0.2)
    assert await check() == {"postgres": None}
    line.freeze()
    async with asyncio.timeout(3):  # a statement is given up on after 6, and cancelling it takes as long
        told = await check()
    assert "did not answer" in (told["postgres"] or "")
    line.mend()
    await check.in_flight.drain(seconds=30)
