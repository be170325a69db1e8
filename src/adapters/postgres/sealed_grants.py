from collections.abc import Sequence
from typing import Any

import attrs

from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import Reach, ask
from domain.errors import NotFound
from domain.flows import FlowStatus
from domain.ids import AttemptId, CredentialId, OrganisationId
from domain.ports import Backlog, SealedGrant, SealedGrantTaken, SecretKind, SecretPath, SetAside

# Of the flows whose grant may yet come.
_NOT_OVER = [FlowStatus.FINISHING, FlowStatus.INTERRUPTED]

# What a grant belongs to is locked, so that it is there still when the row is: whoever removes it comes after.
_ADD = """
WITH flow AS (
    SELECT id
    FROM flows
    WHERE
        organisation_id = %(organisation_id)s
        AND credential_id = %(credential_id)s
        AND status = ANY (%(not_over)s)
    FOR SHARE
),
credential AS (
    SELECT id
    FROM credentials
    WHERE organisation_id = %(organisation_id)s AND id = %(credential_id)s AND NOT removing
    FOR SHARE
)
INSERT INTO sealed_grants (
    attempt, organisation_id, credential_id, version, sealed_key, ciphertext, sealed_at, taken_until
)
SELECT
    %(attempt)s, %(organisation_id)s, %(credential_id)s, %(version)s, %(sealed_key)s, %(ciphertext)s, now,
    now + make_interval(secs => %(seconds)s)
FROM (SELECT clock_timestamp() AS now) AS clock
WHERE EXISTS (SELECT FROM flow) OR EXISTS (SELECT FROM credential)
ON CONFLICT (attempt) DO UPDATE SET taken_until = excluded.taken_until
RETURNING attempt
"""

_OF = """
SELECT *
FROM sealed_grants
WHERE organisation_id = %(organisation_id)s AND credential_id = %(credential_id)s
ORDER BY version, sealed_at
"""

# The outer SELECT sees the row as it was before it was taken.
_TAKE = """
WITH taken AS (
    UPDATE sealed_grants
    SET taken_until = clock_timestamp() + make_interval(secs => %(seconds)s)
    WHERE
        organisation_id = %(organisation_id)s
        AND attempt = %(attempt)s
        AND set_aside IS NULL
        AND taken_until <= clock_timestamp()
    RETURNING attempt
)
SELECT EXISTS (SELECT FROM taken) AS is_ours
FROM sealed_grants
WHERE organisation_id = %(organisation_id)s AND attempt = %(attempt)s AND set_aside IS NULL
"""

_TAKE_WAITING = """
UPDATE sealed_grants
SET taken_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE attempt = ANY (ARRAY (
    SELECT attempt
    FROM sealed_grants AS waiting
    WHERE
        set_aside IS NULL
        AND taken_until <= clock_timestamp()
        AND NOT EXISTS (
            SELECT
            FROM sealed_grants AS earlier
            WHERE
                earlier.organisation_id = waiting.organisation_id
                AND earlier.credential_id = waiting.credential_id
                AND earlier.version < waiting.version
                AND earlier.set_aside IS DISTINCT FROM %(superseded)s
        )
    ORDER BY sealed_at
    LIMIT %(first)s
    FOR UPDATE SKIP LOCKED
))
RETURNING *
"""

_RELEASE = """
UPDATE sealed_grants
SET taken_until = clock_timestamp()
WHERE organisation_id = %(organisation_id)s AND attempt = %(attempt)s
"""

_REMOVE = """
WITH removed AS (
    DELETE FROM sealed_grants
    WHERE organisation_id = %(organisation_id)s AND attempt = %(attempt)s
    RETURNING attempt
)
SELECT
    EXISTS (SELECT FROM removed)
    OR EXISTS (
        SELECT
        FROM flows
        WHERE
            organisation_id = %(organisation_id)s
            AND credential_id = %(credential_id)s
            AND status = ANY (%(not_over)s)
    )
    OR EXISTS (
        SELECT
        FROM credentials
        WHERE organisation_id = %(organisation_id)s AND id = %(credential_id)s AND NOT removing
    ) AS belonged
"""

_SET_ASIDE = """
WITH aside AS (
    UPDATE sealed_grants
    SET set_aside = %(why)s, taken_until = clock_timestamp()
    WHERE organisation_id = %(organisation_id)s AND attempt = %(attempt)s
    RETURNING organisation_id, credential_id
)
SELECT append_audit_event(organisation_id, 'credential.grant_set_aside', 'credential', credential_id, %(why)s)
FROM aside
"""

_GIVE_UP = """
WITH given_up AS (
    DELETE FROM sealed_grants
    WHERE
        organisation_id = %(organisation_id)s
        AND credential_id = %(credential_id)s
        AND taken_until <= clock_timestamp()
    RETURNING attempt
)
SELECT attempt
FROM sealed_grants
WHERE
    organisation_id = %(organisation_id)s
    AND credential_id = %(credential_id)s
    AND attempt NOT IN (SELECT attempt FROM given_up)
"""

_BACKLOG = """
SELECT
    count(*) FILTER (WHERE set_aside IS NULL) AS waiting,
    count(*) FILTER (WHERE set_aside IS NOT NULL) AS set_aside,
    COALESCE(
        extract(epoch FROM clock_timestamp() - min(sealed_at) FILTER (WHERE set_aside IS NULL)), 0
    )::float8 AS seconds
FROM sealed_grants
"""


@attrs.frozen
class PostgresSealedGrantStore:
    """A SealedGrantStore."""

    pool: Pool

    async def add(self, sealed: SealedGrant, *, seconds: float) -> None:
        parameters = {
            "credential_id": sealed.path.id,
            "version": sealed.version,
            "sealed_key": sealed.sealed_key,
            "ciphertext": sealed.ciphertext,
            "seconds": seconds,
            "not_over": _NOT_OVER,
        }
        if not await self._ask(_ADD, sealed, **parameters):
            raise NotFound

    async def of(self, path: SecretPath) -> Sequence[SealedGrant]:
        return [_sealed(row) for row in await self._ask_of(_OF, path)]

    async def take(self, sealed: SealedGrant, *, seconds: float) -> bool:
        rows = await self._ask(_TAKE, sealed, seconds=seconds)
        if rows and not rows[0]["is_ours"]:
            raise SealedGrantTaken
        return bool(rows)

    async def take_waiting(self, *, first: int, seconds: float) -> Sequence[SealedGrant]:
        parameters = {"first": first, "seconds": seconds, "superseded": SetAside.SUPERSEDED}
        rows = (await ask(self.pool, None, _TAKE_WAITING, parameters, reach=Reach.DUE)).rows
        return [_sealed(row) for row in sorted(rows, key=lambda row: row["sealed_at"])]

    async def release(self, sealed: SealedGrant) -> None:
        await self._ask(_RELEASE, sealed)

    async def remove(self, sealed: SealedGrant) -> bool:
        [row] = await self._ask(_REMOVE, sealed, credential_id=sealed.path.id, not_over=_NOT_OVER)
        return bool(row["belonged"])

    async def set_aside(self, sealed: SealedGrant, why: SetAside) -> None:
        await self._ask(_SET_ASIDE, sealed, why=why)

    async def give_up(self, path: SecretPath) -> None:
        if await self._ask_of(_GIVE_UP, path):
            raise SealedGrantTaken

    async def backlog(self) -> Backlog:
        [row] = (await ask(self.pool, None, _BACKLOG, reach=Reach.DUE)).rows
        return Backlog(**row)

    async def _ask(self, statement: str, sealed: SealedGrant, **parameters: Any) -> Sequence[Row]:
        organisation_id = sealed.path.organisation_id
        named = {"organisation_id": organisation_id, "attempt": sealed.attempt, **parameters}
        return (await ask(self.pool, organisation_id, statement, named, prepared=True)).rows

    async def _ask_of(self, statement: str, path: SecretPath) -> Sequence[Row]:
        parameters = {"organisation_id": path.organisation_id, "credential_id": path.id}
        return (await ask(self.pool, path.organisation_id, statement, parameters, prepared=True)).rows


def _sealed(row: Row) -> SealedGrant:
    organisation_id, credential_id = OrganisationId(row["organisation_id"]), CredentialId(row["credential_id"])
    return SealedGrant(
        path=SecretPath(organisation_id, SecretKind.CREDENTIAL, credential_id),
        version=row["version"],
        attempt=AttemptId(row["attempt"]),
        sealed_key=row["sealed_key"],
        ciphertext=row["ciphertext"],
        set_aside=None if row["set_aside"] is None else SetAside(row["set_aside"]),
    )
