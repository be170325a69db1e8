"""Who migrates need be no superuser, and who serves may only read and write rows."""

import secrets
from collections.abc import AsyncIterator, Iterator

import attrs
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.health import PostgresDependency
from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import Pool, open_pool
from adapters.postgres.tenancy import ask
from domain.errors import StorageUnavailable
from domain.flows import FlowStatus
from domain.secret import Secret
from tests.contract.flow_steps import KeptFlow
from tests.contract.keeping import keep
from tests.contract.leasing import refreshed
from tests.contract.stores import postgres_stores
from tests.support.domain_examples import a_flow, an_api_key, an_app, an_organisation
from tests.support.servers import WATCHER, PostgresServer

_ROLES = """
CREATE ROLE {owner} LOGIN PASSWORD {password};
CREATE ROLE {service} LOGIN NOINHERIT PASSWORD {password};
GRANT {watcher} TO {service};
ALTER SCHEMA public OWNER TO {owner};
"""
_GRANT = """
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {service}
"""
_GONE = """
DROP OWNED BY {owner}, {service};
DROP ROLE {owner}, {service};
"""


@attrs.frozen
class Database:
    """A database of an owner, the superuser's DSN, and its DSN for each of two roles that are no superusers."""

    dsn: Secret
    owner: str
    service: str
    password: str

    def run(self, statements: str) -> None:
        names = {"owner": sql.Identifier(self.owner), "service": sql.Identifier(self.service)}
        names["watcher"] = sql.Identifier(WATCHER)
        with psycopg.connect(self.dsn.reveal(), autocommit=True) as connection:
            connection.execute(sql.SQL(statements).format(**names, password=sql.Literal(self.password)))

    def dsn_of(self, role: str) -> Secret:
        return Secret(make_conninfo(self.dsn.reveal(), user=role, password=self.password))


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[Database]:
    suffix = secrets.token_hex(4)
    with postgres_server.database() as dsn:
        name = conninfo_to_dict(dsn.reveal())["dbname"]
        database = Database(
            Secret(make_conninfo(postgres_server.dsn.reveal(), dbname=name)),
            f"owner_{suffix}",
            f"service_{suffix}",
            secrets.token_hex(8),
        )
        database.run(_ROLES)
        yield database
        database.run(_GONE)


@pytest.fixture
async def service_pool(database: Database) -> AsyncIterator[Pool]:
    PostgresMigrator(database.dsn_of(database.owner)).migrate()
    database.run(_GRANT)
    async with open_pool(database.dsn_of(database.service)) as pool:
        yield pool


async def test_serving_needs_no_more_than_to_read_and_write_rows(service_pool: Pool) -> None:
    stores = postgres_stores(service_pool)
    await PostgresDependency(service_pool).check()
    await stores.organisations.add(organisation := an_organisation())
    await stores.api_keys.add(key := an_api_key(organisation))
    assert await stores.api_keys.find(key.fingerprint) is not None
    await stores.apps.add(app := an_app(organisation))
    flow = await stores.flows.add(a_flow(organisation, app), seconds_to_live=600)
    kept = KeptFlow(stores.flows, flow)
    assert await stores.flows.find_by_state(kept.state) is not None
    await kept.bring_to(FlowStatus.CONNECTED, stores.time)
    connection = await stores.connections.get(organisation.id, flow.connection_id)
    await refreshed(stores.leases, connection, version=2)
    await stores.incidents.refused(connection)
    assert (await stores.connections.get(organisation.id, flow.connection_id)).secret_version == 2
    credential = await keep(stores.credentials, organisation)
    await stores.credentials.begin_removal(organisation.id, credential.id, seconds=0)
    assert [due for _, due in await stores.credentials.take_due(first=1, seconds=0)] == [credential.id]
    await stores.credentials.remove([credential.id])
    assert await stores.flows.forget_over(first=1) == 0


@pytest.mark.parametrize("role", ["owner", "service"])
async def test_row_security_holds_who_serves_and_who_owns(database: Database, service_pool: Pool, role: str) -> None:
    stores = postgres_stores(service_pool)
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(an_app(organisation))
    async with open_pool(database.dsn_of(getattr(database, role))) as pool:
        for organisation_id, number in ((None, 0), (an_organisation().id, 0), (organisation.id, 1)):
            assert len((await ask(pool, organisation_id, "SELECT id FROM apps")).rows) == number


async def test_who_serves_cannot_change_the_schema(service_pool: Pool) -> None:
    async with service_pool.connection() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("ALTER TABLE flows DROP CONSTRAINT claimed_without_verifier")


@pytest.mark.parametrize("role", ["owner", "service"])
async def test_neither_who_serves_nor_who_owns_changes_an_audit_event(
    database: Database, service_pool: Pool, role: str
) -> None:
    await postgres_stores(service_pool).organisations.add(organisation := an_organisation())
    async with open_pool(database.dsn_of(getattr(database, role))) as pool:
        for statement in ("UPDATE audit_events SET result = ''", "DELETE FROM audit_events", "TRUNCATE audit_events"):
            with pytest.raises(StorageUnavailable) as refusal:
                await ask(pool, organisation.id, statement)
            assert isinstance(refusal.value.__cause__, psycopg.errors.InsufficientPrivilege)
        assert len((await ask(pool, organisation.id, "SELECT id FROM audit_events")).rows) == 1
