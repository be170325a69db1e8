"""Two organisations with rows in every table that has an organisation."""

from collections.abc import Sequence

import attrs
from psycopg import sql

from adapters.postgres.pool import Pool
from adapters.postgres.tenancy import Reach, Whose, ask
from domain.access import Organisation
from domain.flows import FlowStatus
from domain.ids import OrganisationId
from tests.contract.flow_steps import KeptFlow
from tests.contract.keeping import keep
from tests.contract.stores import Stores, postgres_stores
from tests.support.domain_examples import a_flow, an_api_key, an_app, an_organisation
from tests.support.postgres import behind

TENANT_TABLES = """
SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS held
FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organisation_id'
)
ORDER BY relname
"""
_SIGNING_KEYS = """
INSERT INTO signing_keys (id, organisation_id, name, algorithm, jwk, created_at)
SELECT id, organisation_id, 'key', 'ES256', '{}', now() FROM api_keys
"""
_SEALED_GRANTS = """
INSERT INTO sealed_grants (
    attempt, organisation_id, credential_id, version, sealed_key, ciphertext, sealed_at, taken_until
)
SELECT id, organisation_id, id, 2, 'vault:v1:AA', 'c', now(), now() FROM api_keys
"""


_LEASES = """
INSERT INTO refresh_leases (connection_id, organisation_id, fence) SELECT id, organisation_id, 1 FROM connections;
INSERT INTO app_incidents (organisation_id, app_id, auth_type, client_id, window_from, refused, renewed)
SELECT organisation_id, app_id, auth_type, 'client', now(), 0, 0 FROM connections
"""


@attrs.frozen
class Two:
    """The service's pool, the organisations, and the names of the tables."""

    pool: Pool
    ours: OrganisationId
    theirs: OrganisationId
    tables: Sequence[str]

    async def seen(self, table: str, whose: Whose, reach: Reach | None = None) -> set[str]:
        """Whose rows of the table are found in this context, by a statement that asks for all."""
        statement = sql.SQL("SELECT DISTINCT organisation_id FROM {}").format(sql.Identifier(table))
        rows = (await ask(self.pool, whose, statement, reach=reach)).rows
        return {row["organisation_id"] for row in rows}


async def two_organisations(pool: Pool) -> Two:
    """In empty tables."""
    stores = postgres_stores(pool)
    ours, theirs = an_organisation(), an_organisation()
    for organisation in (ours, theirs):
        await _fill(stores, organisation)
    async with behind(pool) as connection:
        await connection.execute(_SIGNING_KEYS)
        await connection.execute(_SEALED_GRANTS)
        await connection.execute(_LEASES)
        tables = await (await connection.execute(TENANT_TABLES)).fetchall()
    return Two(pool, ours.id, theirs.id, [row["name"] for row in tables])


async def _fill(stores: Stores, organisation: Organisation) -> None:
    await stores.organisations.add(organisation)
    await stores.api_keys.add(an_api_key(organisation))
    await stores.apps.add(app := an_app(organisation))
    flow = await stores.flows.add(a_flow(organisation, app), seconds_to_live=600)
    await KeptFlow(stores.flows, flow).bring_to(FlowStatus.CONNECTED, stores.time)
    await keep(stores.credentials, organisation)
