from functools import partial

import attrs

from adapters.postgres.lists import NEVER_UPDATED, Listing, read_page
from adapters.postgres.pool import Pool, Row, connected
from adapters.postgres.tenancy import ask
from domain.access import Organisation
from domain.errors import AlreadyExists, NotFound
from domain.ids import OrganisationId
from domain.lists import ListQuery, Page

_ADD = """
INSERT INTO organisations (id, name, created_at)
VALUES (%(id)s, %(name)s, %(created_at)s)
ON CONFLICT (id) DO NOTHING
RETURNING id
"""

_GET = "SELECT * FROM organisations WHERE id = %(id)s AND deleting_at IS NULL"


@attrs.frozen
class PostgresOrganisationStore:
    """An OrganisationStore."""

    pool: Pool

    async def add(self, organisation: Organisation) -> None:
        parameters = {"id": organisation.id, "name": organisation.name, "created_at": organisation.created_at}
        if not (await ask(self.pool, organisation.id, _ADD, parameters)).rows:
            raise AlreadyExists

    async def get(self, organisation_id: OrganisationId) -> Organisation:
        async with connected(self.pool) as connection:
            row = await (await connection.execute(_GET, {"id": organisation_id})).fetchone()
        if row is None:
            raise NotFound
        return _organisation(row)

    async def list(self, query: ListQuery) -> Page[Organisation]:
        listing = Listing(table="organisations", conditions=["deleting_at IS NULL"], columns=NEVER_UPDATED)
        return await read_page(partial(ask, self.pool, None), listing, query, {}, read=_organisation)


def _organisation(row: Row) -> Organisation:
    return Organisation(id=OrganisationId(row["id"]), name=row["name"], created_at=row["created_at"])
