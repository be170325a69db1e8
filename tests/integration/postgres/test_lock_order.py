"""Whoever locks a connection and its credential locks the connection first: no two wait for each other."""

import asyncio

from adapters.postgres.pool import Connection, Pool
from tests.contract.connecting import connect
from tests.contract.stores import postgres_stores
from tests.support.domain_examples import an_app, an_organisation
from tests.support.postgres import behind
from tests.support.waiting import until

_EXPIRE = "UPDATE credentials SET expires_at = clock_timestamp() WHERE id = %s"
_AS_RENAME_BEGINS = "UPDATE connections SET name = 'Renamed' WHERE id = %s"
_AS_RENAME_GOES_ON = "UPDATE credentials SET name = 'Renamed' WHERE connection_id = %s"
_WAITS_FOR_A_ROW = """
SELECT FROM pg_locks
WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
"""


async def _somebody_waits(session: Connection) -> bool:
    return bool((await session.execute(_WAITS_FOR_A_ROW)).rowcount)


async def test_a_credential_that_expires_while_its_connection_is_renamed_waits_holding_nothing(
    postgres_pool: Pool,
) -> None:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    connection = await connect(stores, organisation, app)
    async with behind(postgres_pool) as session:
        await session.execute(_EXPIRE, [connection.credential_id])
        async with session.transaction():
            await session.execute(_AS_RENAME_BEGINS, [connection.id])
            taking = asyncio.create_task(stores.credentials.take_due(first=10, seconds=60))
            await until(lambda: _somebody_waits(session))
            await session.execute(_AS_RENAME_GOES_ON, [connection.id])
    assert await taking == [(organisation.id, connection.credential_id)]
    ended = await stores.connections.get(organisation.id, connection.id)
    assert (ended.name, ended.status_reason) == ("Renamed", "token_expired")
