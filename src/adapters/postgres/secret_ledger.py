from collections.abc import Sequence

import attrs

from adapters.postgres.pool import Pool, connected
from adapters.postgres.tenancy import ask
from domain.ids import ConnectionId, OrganisationId
from domain.ports import ExpectedSecret, SecretKind, SecretPath

_ORGANISATIONS = "SELECT id FROM organisations ORDER BY id"

_UNACCOUNTED = {
    SecretKind.APP: """
    SELECT listed.id
    FROM unnest(%(ids)s::text[]) AS listed (id)
    WHERE NOT EXISTS (SELECT FROM apps WHERE organisation_id = %(organisation_id)s AND id = listed.id)
    """,
    # Nearly all are accounted for by the first: the rest is asked of what it leaves.
    SecretKind.CREDENTIAL: """
    WITH without_record AS MATERIALIZED (
        SELECT listed.id
        FROM unnest(%(ids)s::text[]) AS listed (id)
        WHERE NOT EXISTS (SELECT FROM credentials WHERE organisation_id = %(organisation_id)s AND id = listed.id)
    )
    SELECT id
    FROM without_record
    WHERE
        NOT EXISTS (
            SELECT FROM flows WHERE organisation_id = %(organisation_id)s AND credential_id = without_record.id
        )
        AND NOT EXISTS (
            SELECT FROM connections WHERE organisation_id = %(organisation_id)s AND credential_id = without_record.id
        )
        AND NOT EXISTS (
            SELECT FROM sealed_grants WHERE organisation_id = %(organisation_id)s AND credential_id = without_record.id
        )
    """,
}

# A connection may outlive its credential's record, which goes with its secret at the end of its time.
_EXPECTED = {
    SecretKind.APP: """
    SELECT id, NULL AS connection_id
    FROM apps
    WHERE
        organisation_id = %(organisation_id)s
        AND id > %(after)s
        AND (%(only)s::text IS NULL OR id = %(only)s)
        AND EXISTS (SELECT FROM organisations WHERE id = %(organisation_id)s AND deleting_at IS NULL)
    ORDER BY id
    LIMIT %(first)s
    """,
    SecretKind.CREDENTIAL: """
    SELECT credentials.id, credentials.connection_id
    FROM credentials
    LEFT JOIN connections
        ON
            connections.organisation_id = credentials.organisation_id
            AND connections.id = credentials.connection_id
            AND connections.credential_id = credentials.id
    WHERE
        credentials.organisation_id = %(organisation_id)s
        AND credentials.id > %(after)s
        AND (%(only)s::text IS NULL OR credentials.id = %(only)s)
        AND NOT credentials.removing
        AND (COALESCE(credentials.removal_at, credentials.expires_at) <= clock_timestamp()) IS NOT TRUE
        AND (credentials.secret_version > 0 OR connections.status = 'active')
        AND NOT EXISTS (
            SELECT FROM sealed_grants
            WHERE organisation_id = credentials.organisation_id AND credential_id = credentials.id
        )
        AND EXISTS (SELECT FROM organisations WHERE id = %(organisation_id)s AND deleting_at IS NULL)
    ORDER BY credentials.id
    LIMIT %(first)s
    """,
}


@attrs.frozen
class PostgresSecretLedger:
    """A SecretLedger."""

    pool: Pool

    async def organisations(self) -> Sequence[OrganisationId]:
        async with connected(self.pool) as connection:
            rows = await (await connection.execute(_ORGANISATIONS)).fetchall()
        return [OrganisationId(row["id"]) for row in rows]

    async def unaccounted(
        self, organisation_id: OrganisationId, kind: SecretKind, paths: Sequence[SecretPath]
    ) -> Sequence[SecretPath]:
        parameters = {"organisation_id": organisation_id, "ids": [path.id for path in paths]}
        rows = (await ask(self.pool, organisation_id, _UNACCOUNTED[kind], parameters)).rows
        return [SecretPath.named(organisation_id, kind, row["id"]) for row in rows]

    async def expected(
        self, organisation_id: OrganisationId, kind: SecretKind, *, after: SecretPath | None = None, first: int
    ) -> Sequence[ExpectedSecret]:
        return await self._expected(organisation_id, kind, after=after, only=None, first=first)

    async def expects(self, path: SecretPath) -> bool:
        return bool(await self._expected(path.organisation_id, path.kind, after=None, only=path, first=1))

    async def _expected(
        self,
        organisation_id: OrganisationId,
        kind: SecretKind,
        *,
        after: SecretPath | None,
        only: SecretPath | None,
        first: int,
    ) -> Sequence[ExpectedSecret]:
        parameters = {
            "organisation_id": organisation_id,
            "after": "" if after is None else after.id,
            "only": None if only is None else only.id,
            "first": first,
        }
        rows = (await ask(self.pool, organisation_id, _EXPECTED[kind], parameters)).rows
        return [
            ExpectedSecret(
                SecretPath.named(organisation_id, kind, row["id"]),
                None if row["connection_id"] is None else ConnectionId(row["connection_id"]),
            )
            for row in rows
        ]
