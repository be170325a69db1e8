"""An organisation with very many connections, made of one real one: whatever columns there are, the rows are whole."""

import attrs
from psycopg import sql

from adapters.postgres.pool import Pool
from domain.access import Organisation
from domain.ids import AppId
from tests.contract.connecting import connect
from tests.contract.stores import postgres_stores
from tests.support.domain_examples import a_relay_flow, an_api_key, an_app, an_organisation
from tests.support.postgres import behind

APPS = 50
"""Those that the connections are of, and as many keys; a neighbour has one, and a flow, for every ten connections."""

# The n-th row: identifiers that are as ULIDs are, every tenth with a name of its own (most are called as their app is),
# each at a time of its own, every thousandth no longer active; a hundred are due, and a grant ends each minute. A lease
# says that a connection was refreshed once.
_COPIES = {
    "apps": """
        jsonb_build_object(
            'id', '1A' || lpad({whose} || n, 24, '0'), 'callback_id', '1B' || lpad({whose} || n, 24, '0'),
            'name', 'App ' || n, 'created_at', original.created_at + n * interval '1 second',
            'updated_at', original.updated_at + (n * 7919 %% 1000003) * interval '1 second',
            'allowed_origins', CASE n %% 1000 WHEN 0 THEN '{{https://a.example}}' ELSE '{{}}' END
        )""",
    "api_keys": """
        jsonb_build_object(
            'id', '3A' || lpad({whose} || n, 24, '0'), 'fingerprint', encode(sha256(({whose} || n)::bytea), 'hex'),
            'name', 'Key ' || n, 'created_at', original.created_at + n * interval '1 second'
        )""",
    "connections": """
        jsonb_build_object(
            'id', '2A' || lpad(n::text, 24, '0'), 'credential_id', '2B' || lpad(n::text, 24, '0'),
            'app_id', '1A' || lpad((n %% {apps} + 1)::text, 24, '0'),
            'name', CASE n %% 10 WHEN 0 THEN 'Connection ' || n ELSE 'App ' || n %% {apps} + 1 END,
            'status', CASE n %% 1000 WHEN 0 THEN 'needs_reauthorization' ELSE original.status END,
            'created_at', original.created_at + n * interval '1 second',
            'updated_at', original.updated_at + (n * 7919 %% 1000003) * interval '1 second',
            'refresh_due_at', clock_timestamp() + (n - 100) * interval '1 hour',
            'grant_final_at', clock_timestamp() + (n - 50) * interval '1 minute',
            'grant_idle_at', clock_timestamp() + (n - 50) * interval '1 minute'
        )""",
    "credentials": """
        jsonb_build_object(
            'id', '2B' || lpad(n::text, 24, '0'), 'connection_id', '2A' || lpad(n::text, 24, '0'),
            'name', 'Credential ' || n, 'created_at', original.created_at + n * interval '1 second',
            'updated_at', original.updated_at + (n * 7919 %% 1000003) * interval '1 second'
        )""",
    "refresh_leases": """
        jsonb_build_object('connection_id', '2A' || lpad(n::text, 24, '0'), 'held_until', NULL)""",
    "flows": """
        jsonb_build_object(
            'id', '4A' || lpad(n::text, 24, '0'), 'connection_id', '4B' || lpad(n::text, 24, '0'),
            'credential_id', '4C' || lpad(n::text, 24, '0'), 'state_hash', encode(sha256(n::text::bytea), 'hex')
        )""",
}
# From a FROM: `SELECT (jsonb_populate_record(…)).*` would make the row once for each of its columns.
_COPY = """
INSERT INTO {table}
SELECT copied.*
FROM
    {table} AS original,
    generate_series(1, %(how_many)s::bigint) AS n,
    jsonb_populate_record(original, {changed}) AS copied
WHERE original.{known_by} = %(original)s
"""
# No trigger counted the copies.
_RECOUNT = (
    "DELETE FROM connection_counts",
    "DELETE FROM credential_counts",
    """
    INSERT INTO connection_counts (organisation_id, app_id, status, number)
    SELECT organisation_id, app_id, status, count(*) FROM connections GROUP BY organisation_id, app_id, status
    """,
    """
    INSERT INTO credential_counts (organisation_id, number)
    SELECT organisation_id, count(*) FROM credentials GROUP BY organisation_id
    """,
)


@attrs.frozen(kw_only=True)
class Crowd:
    """The organisation, an app that has one in fifty of its connections, and how many there are in all."""

    organisation: Organisation
    app_id: AppId
    connections: int


async def a_crowd(pool: Pool, *, connections: int) -> Crowd:
    """Fill an empty database; its statistics are up to date afterwards."""
    stores = postgres_stores(pool)
    await stores.organisations.add(organisation := an_organisation(name="Crowded"))
    await stores.apps.add(app := an_app(organisation))
    await stores.api_keys.add(key := an_api_key(organisation))
    await stores.organisations.add(neighbour := an_organisation(name="Neighbour"))
    await stores.apps.add(their_app := an_app(neighbour))
    await stores.api_keys.add(their_key := an_api_key(neighbour))
    original = await connect(stores, organisation, app)
    await stores.leases.take(organisation.id, original.id, seconds=1)
    their_flow = await stores.flows.add(a_relay_flow(neighbour, their_app), seconds_to_live=600)
    async with behind(pool) as connection:
        await connection.execute("SET statement_timeout = 0")
        async with connection.transaction():
            # The copies refer to each other as their originals do: to check a million of them takes ten minutes.
            await connection.execute("SET LOCAL session_replication_role = replica")
            for table, how_many, row in (
                ("apps", APPS, app.id),
                ("api_keys", APPS, key.id),
                ("apps", connections // 10, their_app.id),
                ("api_keys", connections // 10, their_key.id),
                ("connections", connections - 1, original.id),
                ("credentials", connections - 1, original.credential_id),
                ("refresh_leases", connections - 1, original.id),
                ("flows", connections // 10, their_flow.id),
            ):
                whose = sql.Literal("9" if row in {their_app.id, their_key.id} else "")
                changed = sql.SQL(_COPIES[table]).format(apps=sql.Literal(APPS), whose=whose)
                known_by = sql.Identifier("connection_id" if table == "refresh_leases" else "id")
                statement = sql.SQL(_COPY).format(table=sql.Identifier(table), changed=changed, known_by=known_by)
                await connection.execute(statement, {"how_many": how_many, "original": row})
            for recount in _RECOUNT:
                await connection.execute(recount)
        await connection.execute("RESET ROLE")  # whose tables they are
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("SET statement_timeout = '5s'")
    return Crowd(organisation=organisation, app_id=AppId(f"1A{APPS // 2:024}"), connections=connections)
