from collections.abc import Mapping
from functools import partial
from typing import Any, LiteralString

import attrs
import psycopg

from adapters.postgres.lists import NEVER_UPDATED, Listing, read_page
from adapters.postgres.narrowing import narrowed, read_narrowing
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import Reach, ask, find_by_hash
from domain.access import ApiKey, Role
from domain.errors import NotFound
from domain.ids import ApiKeyId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing

_ADD = """
INSERT INTO api_keys (
    id, organisation_id, name, roles, prefix, fingerprint, created_at, expires_at,
    only_apps, only_connections, only_end_users
)
SELECT
    %(id)s, %(organisation_id)s, %(name)s, %(roles)s, %(prefix)s, %(fingerprint)s, %(created_at)s, %(expires_at)s,
    %(only_apps)s, %(only_connections)s, %(only_end_users)s
WHERE
    %(organisation_id)s::text IS NULL
    OR EXISTS (SELECT FROM organisations WHERE id = %(organisation_id)s AND deleting_at IS NULL)
RETURNING id
"""

_FIND = """
SELECT api_keys.*
FROM api_key_of_hash(%(fingerprint)s) AS api_keys
LEFT JOIN organisations ON organisations.id = api_keys.organisation_id
WHERE
    (expires_at IS NULL OR expires_at > clock_timestamp())
    AND organisations.deleting_at IS NULL
"""

_PLATFORM_ADMIN_EXISTS = """
SELECT EXISTS (
    SELECT FROM api_keys
    WHERE roles @> '{platform-admin}' AND (expires_at IS NULL OR expires_at > clock_timestamp())
) AS answer
"""

_GET = "SELECT * FROM api_keys WHERE organisation_id = %(organisation_id)s AND id = %(id)s"

# What a key without a narrowing reaches is in nothing that is narrowed: NULL is contained in no array.
_REACH_NO_FURTHER: Mapping[str, LiteralString] = {
    "only_apps": "only_apps <@ %(only_apps)s",
    "only_connections": "only_connections <@ %(only_connections)s",
    "only_end_users": "only_end_users <@ %(only_end_users)s",
}

_DELETE = "DELETE FROM api_keys WHERE organisation_id = %(organisation_id)s AND id = %(id)s RETURNING id"


@attrs.frozen
class PostgresApiKeyStore:
    """An ApiKeyStore."""

    pool: Pool

    async def add(self, key: ApiKey) -> None:
        parameters = {
            "id": key.id,
            "organisation_id": key.organisation_id,
            "name": key.name,
            "roles": sorted(key.roles),
            "prefix": key.prefix,
            "fingerprint": key.fingerprint,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            **narrowed(key.only),
        }
        try:
            await self._one(_ADD, key.organisation_id, parameters)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound from error

    async def find(self, fingerprint: str) -> ApiKey | None:
        row = await find_by_hash(self.pool, _FIND, {"fingerprint": fingerprint})
        return None if row is None else _key(row)

    async def platform_admin_exists(self) -> bool:
        [row] = (await ask(self.pool, None, _PLATFORM_ADMIN_EXISTS, reach=Reach.PLATFORM)).rows
        exists: bool = row["answer"]
        return exists

    async def get(self, organisation_id: OrganisationId, key_id: ApiKeyId) -> ApiKey:
        return _key(await self._one(_GET, organisation_id, {"organisation_id": organisation_id, "id": key_id}))

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[ApiKey]:
        named = narrowed(only)
        reaching = [_REACH_NO_FURTHER[name] for name, members in named.items() if members is not None]
        conditions = ["organisation_id = %(organisation_id)s", *reaching]
        listing = Listing(table="api_keys", conditions=conditions, columns=NEVER_UPDATED)
        return await read_page(
            partial(ask, self.pool, organisation_id),
            listing,
            query,
            {"organisation_id": organisation_id, **named},
            read=_key,
        )

    async def delete(self, organisation_id: OrganisationId, key_id: ApiKeyId) -> None:
        await self._one(_DELETE, organisation_id, {"organisation_id": organisation_id, "id": key_id})

    async def _one(
        self, statement: LiteralString, organisation_id: OrganisationId | None, parameters: dict[str, Any]
    ) -> Row:
        """Raises NotFound."""
        reach = Reach.PLATFORM if organisation_id is None else None
        rows = (await ask(self.pool, organisation_id, statement, parameters, reach=reach)).rows
        if not rows:
            raise NotFound
        return rows[0]


def _key(row: Row) -> ApiKey:
    organisation_id = row["organisation_id"]
    return ApiKey(
        id=ApiKeyId(row["id"]),
        organisation_id=None if organisation_id is None else OrganisationId(organisation_id),
        name=row["name"],
        roles=frozenset(Role(role) for role in row["roles"]),
        prefix=row["prefix"],
        fingerprint=row["fingerprint"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        only=read_narrowing(row),
    )
