import base64
from collections.abc import Sequence
from typing import Any

import attrs

from adapters.postgres import sealed_grant_statements as statements
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import Reach, ask
from adapters.postgres.together import Together
from domain.errors import NotFound
from domain.flows import FlowStatus
from domain.ids import AttemptId, CredentialId, OrganisationId
from domain.ports import Backlog, SealedGrant, SealedGrantTaken, SecretKind, SecretPath, SetAside

# Of the flows whose grant may yet come.
_NOT_OVER = [FlowStatus.FINISHING, FlowStatus.INTERRUPTED]


@attrs.define(eq=False)
class PostgresSealedGrantStore:
    """A SealedGrantStore, one for a process: what many look for at once is looked for together."""

    pool: Pool
    _adding: Together = attrs.field(init=False)
    _looking: Together = attrs.field(init=False)
    _removing: Together = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._adding = Together(self.pool, [statements.ADD], {"not_over": _NOT_OVER})
        self._looking = Together(self.pool, [statements.OF])
        self._removing = Together(self.pool, [statements.REMOVE], {"not_over": _NOT_OVER})

    async def add(self, sealed: SealedGrant, *, seconds: float) -> None:
        members = {
            "credential_id": sealed.path.id,
            "version": sealed.version,
            "sealed_key": sealed.sealed_key,
            "ciphertext": base64.b64encode(sealed.ciphertext).decode(),
        }
        [rows] = await self._adding(sealed.path.organisation_id, sealed.attempt, members, seconds=seconds)
        if not rows:
            raise NotFound

    async def of(self, path: SecretPath) -> Sequence[SealedGrant]:
        [rows] = await self._looking(path.organisation_id, path.id)
        return [_sealed(row) for row in rows]

    async def take(self, sealed: SealedGrant, *, seconds: float) -> bool:
        rows = await self._ask(statements.TAKE, sealed, seconds=seconds)
        if rows and not rows[0]["is_ours"]:
            raise SealedGrantTaken
        return bool(rows)

    async def take_waiting(self, *, first: int, seconds: float) -> Sequence[SealedGrant]:
        parameters = {"first": first, "seconds": seconds, "superseded": SetAside.SUPERSEDED}
        rows = (await ask(self.pool, None, statements.TAKE_WAITING, parameters, reach=Reach.DUE)).rows
        return [_sealed(row) for row in sorted(rows, key=lambda row: row["sealed_at"])]

    async def release(self, sealed: SealedGrant) -> None:
        await self._ask(statements.RELEASE, sealed)

    async def remove(self, sealed: SealedGrant) -> bool:
        members = {"credential_id": sealed.path.id}
        [[row]] = await self._removing(sealed.path.organisation_id, sealed.attempt, members)
        return bool(row["belonged"])

    async def set_aside(self, sealed: SealedGrant, why: SetAside) -> None:
        await self._ask(statements.SET_ASIDE, sealed, why=why)

    async def give_up(self, path: SecretPath) -> None:
        parameters = {"organisation_id": path.organisation_id, "credential_id": path.id}
        if (await ask(self.pool, path.organisation_id, statements.GIVE_UP, parameters, prepared=True)).rows:
            raise SealedGrantTaken

    async def backlog(self) -> Backlog:
        [row] = (await ask(self.pool, None, statements.BACKLOG, reach=Reach.DUE)).rows
        return Backlog(**row)

    async def _ask(self, statement: str, sealed: SealedGrant, **parameters: Any) -> Sequence[Row]:
        organisation_id = sealed.path.organisation_id
        named = {"organisation_id": organisation_id, "attempt": sealed.attempt, **parameters}
        return (await ask(self.pool, organisation_id, statement, named, prepared=True)).rows


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
