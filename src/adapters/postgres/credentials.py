from collections.abc import Collection, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import attrs
import psycopg
from psycopg.types.json import Jsonb

from adapters.postgres import credential_statements as statements
from adapters.postgres.connection_rows import read_connection
from adapters.postgres.lists import Listing, read_page
from adapters.postgres.narrowing import inside, narrowed
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import Reach, ask
from domain.connections import ConnectionEvent, ConnectionStatus, statuses_before
from domain.credentials import CredentialTerms, CredentialType
from domain.errors import NotFound
from domain.ids import CredentialId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import AnnouncedCredential, CredentialBusy, CredentialRecord


@attrs.frozen
class PostgresCredentialStore:
    """A CredentialStore."""

    pool: Pool

    async def add(
        self, organisation_id: OrganisationId, credential_id: CredentialId, terms: CredentialTerms, *, seconds: float
    ) -> None:
        parameters = _key(organisation_id, credential_id) | {
            "name": terms.name,
            "type": terms.type,
            "redact_fields": list(terms.redact_fields),
            "expires_at": terms.expires_at,
            "terms": _document(terms),
            "seconds": seconds,
        }
        try:
            await self._change(statements.ADD, parameters)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFound from error

    async def get(self, organisation_id: OrganisationId, credential_id: CredentialId) -> CredentialRecord:
        rows = await self._rows(statements.GET, _key(organisation_id, credential_id))
        if not rows:
            raise NotFound
        return _record(rows[0])

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[CredentialRecord]:
        listing = Listing(
            table="credentials",
            conditions=[
                "credentials.organisation_id = %(organisation_id)s",
                statements.FOUND,
                *inside(only, app="connections.app_id", connection="connections.id"),
            ],
            joins=statements.OWNER,
            selected=statements.COLUMNS,
            total=statements.TOTAL if only == EVERYTHING else None,
        )
        parameters = {"organisation_id": organisation_id, **narrowed(only)}
        return await read_page(partial(ask, self.pool, organisation_id), listing, query, parameters, read=_record)

    async def announce(
        self,
        organisation_id: OrganisationId,
        credential_id: CredentialId,
        terms: CredentialTerms,
        *,
        version: int,
        seconds: float,
    ) -> None:
        parameters = _key(organisation_id, credential_id) | {
            "terms": _document(terms),
            "version": version,
            "seconds": seconds,
        }
        if await self._change(statements.ANNOUNCE, parameters):
            return
        if (await self.get(organisation_id, credential_id)).connection is not None:
            raise NotFound
        raise CredentialBusy

    async def settle(
        self, organisation_id: OrganisationId, credential_id: CredentialId, *, version: int
    ) -> CredentialRecord:
        await self._change(statements.SETTLE, _key(organisation_id, credential_id) | {"version": version})
        return await self.get(organisation_id, credential_id)

    async def withdraw(self, announced: AnnouncedCredential) -> None:
        key = _key(announced.organisation_id, announced.id)
        await self._change(statements.WITHDRAW, key | {"version": announced.version})

    async def take_unsettled(self, *, first: int, seconds: float) -> Sequence[AnnouncedCredential]:
        rows = await self._rows_due(statements.TAKE_UNSETTLED, {"first": first, "seconds": seconds})
        return [
            AnnouncedCredential(
                organisation_id=OrganisationId(row["organisation_id"]),
                id=CredentialId(row["id"]),
                version=row["next_version"],
            )
            for row in rows
        ]

    async def begin_removal(
        self, organisation_id: OrganisationId, credential_id: CredentialId, *, seconds: float
    ) -> None:
        if not await self._change(
            statements.BEGIN_REMOVAL, _key(organisation_id, credential_id) | {"seconds": seconds}
        ):
            raise NotFound

    async def take_due(self, *, first: int, seconds: float) -> Sequence[tuple[OrganisationId, CredentialId]]:
        parameters = {"first": first, "seconds": seconds}
        rows = await self._rows_due(statements.TAKE_DUE, parameters)
        owned = sorted((row for row in rows if row["connection_id"] is not None), key=_organisation_of)
        for organisation_id, taken in groupby(owned, key=_organisation_of):
            # Not in the same transaction: whoever changes both locks the connection first. Killed before this, the
            # credential is due, and its connection ended, again.
            await ask(self.pool, organisation_id, statements.END_CONNECTIONS, _ended(organisation_id, list(taken)))
        return [(_organisation_of(row), CredentialId(row["id"])) for row in rows]

    async def remove(self, credential_ids: Collection[CredentialId]) -> None:
        await self._rows_due(statements.REMOVE, {"ids": list(credential_ids)})

    async def seconds_late(self) -> float:
        [row] = await self._rows_due(statements.SECONDS_LATE, {})
        return float(row["late"])

    async def _rows(self, statement: str, parameters: dict[str, Any]) -> Sequence[Row]:
        return (await ask(self.pool, parameters["organisation_id"], statement, parameters)).rows

    async def _change(self, statement: str, parameters: dict[str, Any]) -> bool:
        """Whether any row changed."""
        return (await ask(self.pool, parameters["organisation_id"], statement, parameters)).count > 0

    async def _rows_due(self, statement: str, parameters: dict[str, Any]) -> Sequence[Row]:
        """Of any organisation."""
        return (await ask(self.pool, None, statement, parameters, reach=Reach.DUE)).rows


def _key(organisation_id: OrganisationId, credential_id: CredentialId) -> dict[str, Any]:
    return {"organisation_id": organisation_id, "id": credential_id}


def _organisation_of(row: Row) -> OrganisationId:
    return OrganisationId(row["organisation_id"])


def _ended(organisation_id: OrganisationId, taken: Sequence[Row]) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "ids": [row["connection_id"] for row in taken],
        "credential_ids": [row["id"] for row in taken],
        "ended": ConnectionStatus.NEEDS_REAUTHORIZATION,
        "statuses": list(statuses_before(ConnectionEvent.GRANT_ENDED)),
    }


def _document(terms: CredentialTerms) -> Jsonb:
    return Jsonb(
        {
            "name": terms.name,
            "type": terms.type,
            "redact_fields": terms.redact_fields,
            "expires_at": None if terms.expires_at is None else terms.expires_at.isoformat(),
        }
    )


def _record(row: Row) -> CredentialRecord:
    connection = None if row["id"] is None else read_connection(row)
    return CredentialRecord(
        id=CredentialId(row["own_id"]),
        organisation_id=OrganisationId(row["own_organisation_id"]),
        terms=CredentialTerms(
            name=row["own_name"],
            type=CredentialType(row["own_type"]),
            redact_fields=tuple(row["own_redact_fields"]),
            expires_at=row["own_expires_at"],
        ),
        secret_version=row["own_secret_version"] if connection is None else connection.secret_version,
        connection=connection,
        created_at=row["own_created_at"],
        updated_at=row["own_updated_at"],
    )
