import attrs

from adapters.postgres.pool import Pool, connected
from domain.access import Organisation
from domain.errors import AlreadyExists, NotFound
from domain.ids import OrganisationId

_ADD = """
INSERT INTO organisations (id, name, created_at)
VALUES (%(id)s, %(name)s, %(created_at)s)
ON CONFLICT (id) DO NOTHING
RETURNING id
"""

_GET = "SELECT id, name, created_at FROM organisations WHERE id = %(id)s"


@attrs.frozen
class PostgresOrganisationStore:
    """An OrganisationStore."""

    pool: Pool

    async def add(self, organisation: Organisation) -> None:
        parameters = {"id": organisation.id, "name": organisation.name, "created_at": organisation.created_at}
        async with connected(self.pool) as connection:
            added = await (await connection.execute(_ADD, parameters)).fetchone()
        if added is None:
            raise AlreadyExists

    async def get(self, organisation_id: OrganisationId) -> Organisation:
        async with connected(self.pool) as connection:
            row = await (await connection.execute(_GET, {"id": organisation_id})).fetchone()
        if row is None:
            raise NotFound
        return Organisation(id=OrganisationId(row["id"]), name=row["name"], created_at=row["created_at"])
