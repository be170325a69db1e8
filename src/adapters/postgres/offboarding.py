from collections.abc import Sequence
from functools import partial

import attrs
import psycopg

from adapters.postgres import offboarding_statements as statements
from adapters.postgres.pool import Pool, connected
from adapters.postgres.tenancy import Reach, ask, enter, within
from domain.errors import CallbackInProgress, NotFound
from domain.ids import AppId, CredentialId, OrganisationId
from domain.ports import SecretKind, SecretPath


@attrs.frozen
class PostgresOffboardingStore:
    """An OffboardingStore."""

    pool: Pool

    async def mark(self, organisation_id: OrganisationId) -> None:
        parameters = {"organisation_id": organisation_id}
        async with within(self.pool, organisation_id) as connection:
            found = await (await connection.execute(statements.MARK, parameters)).fetchone()
            await connection.execute(statements.CLOSE, parameters)
        if found is None:
            raise NotFound

    async def marked(self, *, after: OrganisationId | None = None) -> Sequence[OrganisationId]:
        async with connected(self.pool) as connection:
            rows = await (await connection.execute(statements.MARKED, {"after": after or ""})).fetchall()
        return [OrganisationId(row["id"]) for row in rows]

    async def seconds_late(self) -> float:
        async with connected(self.pool) as connection:
            row = await (await connection.execute(statements.SECONDS_LATE)).fetchone()
        return 0.0 if row is None or row["late"] is None else float(row["late"])

    async def secrets_of(self, organisation_id: OrganisationId, *, first: int) -> Sequence[SecretPath]:
        parameters = {"organisation_id": organisation_id, "first": first}
        in_context = partial(ask, self.pool, organisation_id, reach=Reach.CONNECTED_TO_US)
        if rows := (await in_context(statements.SECRETS_OF_CREDENTIALS, parameters)).rows:
            paths = [
                SecretPath(OrganisationId(row["organisation_id"]), SecretKind.CREDENTIAL, CredentialId(row["id"]))
                for row in rows
            ]
            return list(dict.fromkeys(paths))
        rows = (await in_context(statements.SECRETS_OF_APPS, parameters)).rows
        return [SecretPath(organisation_id, SecretKind.APP, AppId(row["id"])) for row in rows]

    async def forget(self, organisation_id: OrganisationId, paths: Sequence[SecretPath]) -> None:
        parameters = {
            "organisation_id": organisation_id,
            "credentials": [path.id for path in paths if path.kind is SecretKind.CREDENTIAL],
            "apps": [path.id for path in paths if path.kind is SecretKind.APP],
        }
        async with within(self.pool, organisation_id) as connection:
            for owner in sorted({path.organisation_id for path in paths}):
                await enter(connection, owner)
                for statement in statements.FORGET_CREDENTIALS:
                    await connection.execute(statement, parameters | {"owner": owner})
            await enter(connection, organisation_id)
            await connection.execute(statements.FORGET_APPS, parameters)

    async def erase(self, organisation_id: OrganisationId) -> bool:
        parameters = {"organisation_id": organisation_id}
        try:
            async with within(self.pool, organisation_id, reach=Reach.CONNECTED_TO_US) as connection:
                if await (await connection.execute(statements.UNDER_WAY, parameters)).fetchone() is not None:
                    raise CallbackInProgress
                for statement in statements.ERASE:
                    await connection.execute(statement, parameters)
        except psycopg.errors.ForeignKeyViolation:
            return False
        return True
