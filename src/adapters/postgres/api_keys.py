import attrs
import psycopg

from adapters.postgres.pool import Pool, connected
from domain.access import ApiKey, Principal, Role
from domain.errors import NotFound
from domain.ids import OrganisationId

_ADD = """
INSERT INTO api_keys (id, organisation_id, name, roles, prefix, fingerprint, created_at, expires_at)
VALUES (
    %(id)s, %(organisation_id)s, %(name)s, %(roles)s, %(prefix)s, %(fingerprint)s, %(created_at)s, %(expires_at)s
)
"""

_FIND = """
SELECT id, name, organisation_id, roles
FROM api_keys
WHERE fingerprint = %(fingerprint)s AND (expires_at IS NULL OR expires_at > clock_timestamp())
"""

_PLATFORM_ADMIN_EXISTS = """
SELECT EXISTS (
    SELECT FROM api_keys
    WHERE roles @> '{platform-admin}' AND (expires_at IS NULL OR expires_at > clock_timestamp())
) AS answer
"""


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
        }
        try:
            async with connected(self.pool) as connection:
                await connection.execute(_ADD, parameters)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound from error

    async def find(self, fingerprint: str) -> Principal | None:
        async with connected(self.pool) as connection:
            row = await (await connection.execute(_FIND, {"fingerprint": fingerprint})).fetchone()
        if row is None:
            return None
        organisation_id = row["organisation_id"]
        return Principal(
            id=row["id"],
            name=row["name"],
            organisation_id=None if organisation_id is None else OrganisationId(organisation_id),
            roles=frozenset(Role(role) for role in row["roles"]),
        )

    async def platform_admin_exists(self) -> bool:
        async with connected(self.pool) as connection:
            row = await (await connection.execute(_PLATFORM_ADMIN_EXISTS)).fetchone()
        return row is not None and row["answer"]
