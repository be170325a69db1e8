from collections.abc import Sequence
from functools import partial

import attrs
import psycopg

from adapters.postgres.pool import Pool, connected
from adapters.postgres.tenancy import Reach, ask, enter, within
from domain.errors import CallbackInProgress, NotFound
from domain.flows import FlowStatus
from domain.ids import AppId, CredentialId, OrganisationId
from domain.ports import SecretKind, SecretPath

_MARK = """
UPDATE organisations
SET deleting_at = COALESCE(deleting_at, clock_timestamp())
WHERE id = %(organisation_id)s
RETURNING id
"""

# No flow begins with an app of it any more, of any organisation.
_CLOSE = """
UPDATE apps
SET deleted_at = clock_timestamp(), relay_callback_key = NULL
WHERE organisation_id = %(organisation_id)s AND deleted_at IS NULL
"""

_MARKED = "SELECT id FROM organisations WHERE deleting_at IS NOT NULL ORDER BY id LIMIT 100"

_SECONDS_LATE = """
SELECT extract(epoch FROM clock_timestamp() - min(deleting_at)) AS late FROM organisations WHERE deleting_at IS NOT NULL
"""

# A flow's credential id is where its grant is, or would come to be. A connection may outlive its credential's record.
# What is being finished, or announced, is left to whoever does it: its secret may yet be written.
# What other organisations connected to a public app of this one lives by its secret, and ends with it.
_SECRETS_OF_CREDENTIALS = """
SELECT organisation_id, credential_id AS id
FROM flows
WHERE
    (organisation_id = %(organisation_id)s OR app_organisation_id = %(organisation_id)s)
    AND NOT (status = %(finishing)s AND overdue_at > clock_timestamp())
UNION
SELECT organisation_id, id
FROM credentials
WHERE organisation_id = %(organisation_id)s AND (next_until IS NULL OR next_until <= clock_timestamp())
UNION
SELECT organisation_id, credential_id
FROM connections
WHERE organisation_id = %(organisation_id)s OR app_organisation_id = %(organisation_id)s
LIMIT %(first)s
"""

_SECRETS_OF_APPS = """
SELECT organisation_id, id
FROM apps
WHERE
    organisation_id = %(organisation_id)s
    AND NOT EXISTS (SELECT FROM flows WHERE app_id = apps.id)
    AND NOT EXISTS (SELECT FROM connections WHERE app_id = apps.id)
LIMIT %(first)s
"""

# Each within the organisation whose rows they are; newest references first.
_FORGET_CREDENTIALS = (
    """
    DELETE FROM flows
    WHERE
        organisation_id = %(owner)s
        AND %(organisation_id)s IN (organisation_id, app_organisation_id)
        AND credential_id = ANY (%(credentials)s)
        AND NOT (status = %(finishing)s AND overdue_at > clock_timestamp())
    """,
    """
    DELETE FROM credentials
    WHERE
        organisation_id = %(owner)s
        AND id = ANY (%(credentials)s)
        AND (next_until IS NULL OR next_until <= clock_timestamp())
        AND (
            organisation_id = %(organisation_id)s
            OR connection_id IN (SELECT id FROM connections WHERE app_organisation_id = %(organisation_id)s)
        )
    """,
    """
    DELETE FROM connections
    WHERE
        organisation_id = %(owner)s
        AND credential_id = ANY (%(credentials)s)
        AND %(organisation_id)s IN (organisation_id, app_organisation_id)
        AND NOT EXISTS (SELECT FROM credentials WHERE connection_id = connections.id)
    """,
)
_FORGET_APPS = "DELETE FROM apps WHERE organisation_id = %(organisation_id)s AND id = ANY (%(apps)s)"

_UNDER_WAY = """
SELECT id
FROM flows
WHERE
    (organisation_id = %(organisation_id)s OR app_organisation_id = %(organisation_id)s)
    AND status = %(finishing)s
    AND overdue_at > clock_timestamp()
UNION ALL
SELECT id
FROM credentials
WHERE organisation_id = %(organisation_id)s AND next_until > clock_timestamp()
LIMIT 1
"""

_ERASE = (
    "DELETE FROM connection_counts WHERE organisation_id = %(organisation_id)s",
    "DELETE FROM credential_counts WHERE organisation_id = %(organisation_id)s",
    "DELETE FROM api_keys WHERE organisation_id = %(organisation_id)s",
    "DELETE FROM signing_keys WHERE organisation_id = %(organisation_id)s",
    "DELETE FROM organisations WHERE id = %(organisation_id)s AND deleting_at IS NOT NULL",
)


@attrs.frozen
class PostgresOffboardingStore:
    """An OffboardingStore."""

    pool: Pool

    async def mark(self, organisation_id: OrganisationId) -> None:
        parameters = {"organisation_id": organisation_id}
        async with within(self.pool, organisation_id) as connection:
            found = await (await connection.execute(_MARK, parameters)).fetchone()
            await connection.execute(_CLOSE, parameters)
        if found is None:
            raise NotFound

    async def marked(self) -> Sequence[OrganisationId]:
        async with connected(self.pool) as connection:
            rows = await (await connection.execute(_MARKED)).fetchall()
        return [OrganisationId(row["id"]) for row in rows]

    async def seconds_late(self) -> float:
        async with connected(self.pool) as connection:
            row = await (await connection.execute(_SECONDS_LATE)).fetchone()
        return 0.0 if row is None or row["late"] is None else float(row["late"])

    async def secrets_of(self, organisation_id: OrganisationId, *, first: int) -> Sequence[SecretPath]:
        parameters = {"organisation_id": organisation_id, "first": first, "finishing": FlowStatus.FINISHING}
        in_context = partial(ask, self.pool, organisation_id, reach=Reach.CONNECTED_TO_US)
        if rows := (await in_context(_SECRETS_OF_CREDENTIALS, parameters)).rows:
            return [
                SecretPath(OrganisationId(row["organisation_id"]), SecretKind.CREDENTIAL, CredentialId(row["id"]))
                for row in rows
            ]
        rows = (await in_context(_SECRETS_OF_APPS, parameters)).rows
        return [SecretPath(organisation_id, SecretKind.APP, AppId(row["id"])) for row in rows]

    async def forget(self, organisation_id: OrganisationId, paths: Sequence[SecretPath]) -> None:
        parameters = {
            "organisation_id": organisation_id,
            "finishing": FlowStatus.FINISHING,
            "credentials": [path.id for path in paths if path.kind is SecretKind.CREDENTIAL],
            "apps": [path.id for path in paths if path.kind is SecretKind.APP],
        }
        async with within(self.pool, organisation_id) as connection:
            for owner in sorted({path.organisation_id for path in paths}):
                await enter(connection, owner)
                for statement in _FORGET_CREDENTIALS:
                    await connection.execute(statement, parameters | {"owner": owner})
            await enter(connection, organisation_id)
            await connection.execute(_FORGET_APPS, parameters)

    async def erase(self, organisation_id: OrganisationId) -> bool:
        parameters = {"organisation_id": organisation_id, "finishing": FlowStatus.FINISHING}
        try:
            async with within(self.pool, organisation_id, reach=Reach.CONNECTED_TO_US) as connection:
                if await (await connection.execute(_UNDER_WAY, parameters)).fetchone() is not None:
                    raise CallbackInProgress
                for statement in _ERASE:
                    await connection.execute(statement, parameters)
        except psycopg.errors.ForeignKeyViolation:
            return False
        return True
