from functools import partial
from typing import LiteralString

import attrs

from adapters.postgres.connection_rows import read_connection
from adapters.postgres.lists import Listing, read_page
from adapters.postgres.narrowing import inside, narrowed
from adapters.postgres.pool import Pool
from adapters.postgres.tenancy import ask
from domain.connections import Connection, ConnectionStatus
from domain.errors import NotFound
from domain.ids import AppId, ConnectionId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing

_GET = """
SELECT * FROM connections WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND status <> 'deleting'
"""

_TOTAL: LiteralString = "SELECT coalesce(sum(number), 0)::bigint FROM connection_counts WHERE "


@attrs.frozen
class PostgresConnectionStore:
    """A ConnectionStore. A version that is recorded already may be recorded again: it is the same grant's."""

    pool: Pool

    async def get(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        parameters = {"organisation_id": organisation_id, "id": connection_id}
        rows = (await ask(self.pool, organisation_id, _GET, parameters, prepared=True)).rows
        if not rows:
            raise NotFound
        return read_connection(rows[0])

    async def list(
        self,
        organisation_id: OrganisationId,
        query: ListQuery,
        *,
        app_id: AppId | None = None,
        status: ConnectionStatus | None = None,
        only: Narrowing = EVERYTHING,
    ) -> Page[Connection]:
        conditions = ["organisation_id = %(organisation_id)s", "status <> 'deleting'"]
        conditions += inside(only, app="app_id", connection="id")
        if app_id is not None:
            conditions.append("app_id = %(app_id)s")
        if status is not None:
            conditions.append("status = %(status)s")
        is_kept = only.connection_ids is None and only.end_user_ids is None
        total = _TOTAL + " AND ".join(conditions) if is_kept else None
        listing = Listing(table="connections", conditions=conditions, total=total)
        parameters = {"organisation_id": organisation_id, "app_id": app_id, "status": status, **narrowed(only)}
        return await read_page(
            partial(ask, self.pool, organisation_id), listing, query, parameters, read=read_connection
        )
