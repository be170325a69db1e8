from typing import LiteralString

import attrs

from adapters.postgres.apps import read_app
from adapters.postgres.lists import Listing, read_page
from adapters.postgres.narrowing import inside, narrowed
from adapters.postgres.pool import Pool, Row, connected
from domain.ids import ConnectionId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import MOST_CONNECTIONS, ConnectedApp, NamedConnection

_THEIRS: LiteralString = "organisation_id = %(organisation_id)s AND status <> 'deleting'"
_WITH_CONNECTIONS: LiteralString = "apps.id IN (SELECT app_id FROM connections WHERE "
_FIRST_CONNECTIONS: LiteralString = """
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(first_ones.id, first_ones.name) ORDER BY first_ones.id) AS named
    FROM (
        SELECT connections.id, connections.name
        FROM connections
        WHERE app_id = apps.id AND """
_OF_EACH: LiteralString = """
        ORDER BY connections.id
        LIMIT %(most_connections)s
    ) AS first_ones
) AS connected
"""


@attrs.frozen
class PostgresConnectedAppStore:
    """A ConnectedAppStore."""

    pool: Pool

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[ConnectedApp]:
        theirs = " AND ".join([_THEIRS, *inside(only, app="app_id", connection="connections.id")])
        listing = Listing(
            table="apps",
            conditions=[_WITH_CONNECTIONS + theirs + ")"],
            joins=_FIRST_CONNECTIONS + theirs + _OF_EACH,
            selected="apps.*, connected.named",
        )
        parameters = {
            "organisation_id": organisation_id,
            "most_connections": MOST_CONNECTIONS,
            **narrowed(only),
        }
        async with connected(self.pool) as connection:
            return await read_page(connection, listing, query, parameters, read=_connected_app)


def _connected_app(row: Row) -> ConnectedApp:
    return ConnectedApp(read_app(row), [NamedConnection(ConnectionId(item), name) for item, name in row["named"]])
