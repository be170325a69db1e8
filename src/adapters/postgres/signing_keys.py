from functools import partial
from typing import Any

import attrs
import psycopg
from psycopg.types.json import Jsonb

from adapters.postgres.lists import NEVER_UPDATED, Listing, read_page
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import ask
from domain.errors import NotFound
from domain.ids import OrganisationId, SigningKeyId
from domain.jwt import Algorithm, Jwk
from domain.lists import ListQuery, Page
from domain.signing_keys import SigningKey

_ADD = """
INSERT INTO signing_keys (id, organisation_id, name, algorithm, jwk, created_at)
SELECT %(id)s, %(organisation_id)s, %(name)s, %(algorithm)s, %(jwk)s, %(created_at)s
WHERE EXISTS (SELECT FROM organisations WHERE id = %(organisation_id)s AND deleting_at IS NULL)
RETURNING id
"""

_FIND = """
SELECT signing_keys.*
FROM signing_keys
JOIN organisations ON organisations.id = signing_keys.organisation_id AND organisations.deleting_at IS NULL
WHERE signing_keys.organisation_id = %(organisation_id)s AND signing_keys.id = %(id)s
"""

_DELETE = "DELETE FROM signing_keys WHERE organisation_id = %(organisation_id)s AND id = %(id)s RETURNING id"


@attrs.frozen
class PostgresSigningKeyStore:
    """A SigningKeyStore."""

    pool: Pool

    async def add(self, key: SigningKey) -> None:
        parameters = {
            "id": key.id,
            "organisation_id": key.organisation_id,
            "name": key.name,
            "algorithm": key.algorithm,
            "jwk": Jsonb(dict(key.jwk.members)),
            "created_at": key.created_at,
        }
        try:
            added = await self._one(_ADD, parameters)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound from error
        if added is None:
            raise NotFound

    async def find(self, organisation_id: OrganisationId, key_id: SigningKeyId) -> SigningKey | None:
        row = await self._one(_FIND, {"organisation_id": organisation_id, "id": key_id})
        return None if row is None else _key(row)

    async def list(self, organisation_id: OrganisationId, query: ListQuery) -> Page[SigningKey]:
        listing = Listing(
            table="signing_keys", conditions=["organisation_id = %(organisation_id)s"], columns=NEVER_UPDATED
        )
        in_context = partial(ask, self.pool, organisation_id)
        return await read_page(in_context, listing, query, {"organisation_id": organisation_id}, read=_key)

    async def delete(self, organisation_id: OrganisationId, key_id: SigningKeyId) -> None:
        if await self._one(_DELETE, {"organisation_id": organisation_id, "id": key_id}) is None:
            raise NotFound

    async def _one(self, statement: str, parameters: dict[str, Any]) -> Row | None:
        rows = (await ask(self.pool, parameters["organisation_id"], statement, parameters)).rows
        return rows[0] if rows else None


def _key(row: Row) -> SigningKey:
    return SigningKey(
        id=SigningKeyId(row["id"]),
        organisation_id=OrganisationId(row["organisation_id"]),
        name=row["name"],
        algorithm=Algorithm(row["algorithm"]),
        jwk=Jwk(row["jwk"]),
        created_at=row["created_at"],
    )
