from functools import partial
from typing import LiteralString

import attrs

from adapters.postgres.apps import read_app
from adapters.postgres.lists import Listing, read_page
from adapters.postgres.narrowing import inside, narrowed
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import Reach, ask
from domain.ids import ConnectionId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import MOST_CONNECTIONS, ConnectedApp, NamedConnection

_THEIRS: LiteralString = "organisation_id = %(organisation_id)s AND status <> 'deleting'"
_WITH_CONNECTIONS: LiteralString = "apps.id IN (SELECT app_id FROM connections WHERE "
# Kept, so that a million connections of an app cost what one does.
_COUNTED: LiteralString = "apps.id IN (SELECT app_id FROM connection_counts WHERE "
_MORE_THAN_NONE: LiteralString = " GROUP BY app_id HAVING sum(number) > 0)"
# Selected and not joined: so it is looked for when the page is cut, and not for every app that is counted or sorted.
_FIRST_CONNECTIONS: LiteralString = """
(
    SELECT json_agg(json_build_array(first_ones.id, first_ones.name) ORDER BY first_ones.id)
    FROM (
        SELECT connections.id, connections.name
        FROM connections
        WHERE app_id = apps.id AND """
_OF_EACH: LiteralString = """
        ORDER BY connections.id
        LIMIT %(most_connections)s
    ) AS first_ones
) AS named
"""


@attrs.frozen
class PostgresConnectedAppStore:
    """A ConnectedAppStore."""

    pool: Pool

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[ConnectedApp]:
        theirs = " AND ".join([_THEIRS, *inside(only, app="app_id", connection="connections.id")])
        counted = only.connection_ids is None and only.end_user_ids is None
        listing = Listing(
            table="apps",
            conditions=[_COUNTED + theirs + _MORE_THAN_NONE if counted else _WITH_CONNECTIONS + theirs + ")"],
            selected="apps.*, " + _FIRST_CONNECTIONS + theirs + _OF_EACH,
        )
        parameters = {
            "organisation_id": organisation_id,
            "most_connections": MOST_CONNECTIONS,
            **narrowed(only),
        }
        in_context = partial(ask, self.pool, organisation_id, reach=Reach.CONNECTED_APPS)
        return await read_page(in_context, listing, query, parameters, read=_connected_app)


def _connected_app(row: Row) -> ConnectedApp:
    return ConnectedApp(read_app(row), [NamedConnection(ConnectionId(item), name) for item, name in row["named"]])
