"""How many connections and credentials there are is kept beside them, whoever comes and goes meanwhile."""

import asyncio

from adapters.postgres.pool import Pool
from domain.access import Organisation
from domain.apps import App
from domain.lists import ListQuery
from tests.contract.connecting import connect
from tests.contract.leasing import ended
from tests.contract.stores import Stores, postgres_stores
from tests.support.domain_examples import an_app, an_organisation
from tests.support.postgres import behind

_KEPT = """
SELECT app_id, status, sum(number)::bigint AS number FROM connection_counts GROUP BY 1, 2 HAVING sum(number) <> 0
"""
_COUNTED = "SELECT app_id, status, count(*) AS number FROM connections GROUP BY 1, 2"
_KEPT_CREDENTIALS = "SELECT sum(number)::bigint AS number FROM credential_counts"
_COUNTED_CREDENTIALS = "SELECT count(*) AS number FROM credentials"
_FOLD = "SELECT fold_connection_counts(%(organisation_id)s, %(app_id)s), fold_credential_counts(%(organisation_id)s)"
_REMOVE = """
WITH gone AS (
    DELETE FROM credentials WHERE connection_id IN (SELECT id FROM connections WHERE app_id = %(app_id)s LIMIT 2)
    RETURNING connection_id
)
DELETE FROM connections USING gone WHERE id = connection_id
"""


async def rows(pool: Pool, statement: str) -> list[tuple[object, ...]]:
    async with behind(pool) as connection:
        return sorted(tuple(row.values()) for row in await (await connection.execute(statement.encode())).fetchall())


async def two_apps(stores: Stores) -> tuple[Organisation, App, App]:
    await stores.organisations.add(organisation := an_organisation())
    apps = an_app(organisation), an_app(organisation)
    for app in apps:
        await stores.apps.add(app)
    return organisation, *apps


async def test_what_is_kept_is_what_there_is_while_many_come_go_and_fold(postgres_pool: Pool) -> None:
    stores = postgres_stores(postgres_pool)
    organisation, app, another = await two_apps(stores)

    async def execute(statement: str) -> None:
        async with behind(postgres_pool) as connection:
            await connection.execute(statement.encode(), {"organisation_id": organisation.id, "app_id": app.id})

    await asyncio.gather(
        *(connect(stores, organisation, each) for each in (app, another) for _ in range(20)),
        *(execute(statement) for statement in (_FOLD, _REMOVE) for _ in range(6)),
    )
    one = await connect(stores, organisation, app)
    await ended(stores.leases, one)
    assert await rows(postgres_pool, _KEPT) == await rows(postgres_pool, _COUNTED)
    for _ in range(2):
        await execute(_FOLD)
        assert await rows(postgres_pool, _KEPT) == await rows(postgres_pool, _COUNTED)
        assert await rows(postgres_pool, _KEPT_CREDENTIALS) == await rows(postgres_pool, _COUNTED_CREDENTIALS)
    page = await stores.connections.list(organisation.id, ListQuery(first=1), app_id=another.id)
    assert page.total == 20


async def test_folding_leaves_one_row_and_none_for_nothing(postgres_pool: Pool) -> None:
    stores = postgres_stores(postgres_pool)
    organisation, app, _ = await two_apps(stores)
    for _ in range(3):
        await connect(stores, organisation, app)
    parameters = {"organisation_id": organisation.id, "app_id": app.id}
    async with behind(postgres_pool) as connection:
        await connection.execute(_FOLD, parameters)
        assert len(await rows(postgres_pool, "SELECT number FROM connection_counts")) == 1
        await connection.execute(_REMOVE, parameters)
        await connection.execute(_REMOVE, parameters)
        await connection.execute(_FOLD, parameters)
    assert await rows(postgres_pool, "SELECT number FROM connection_counts") == []
    assert await rows(postgres_pool, "SELECT number FROM credential_counts") == []
