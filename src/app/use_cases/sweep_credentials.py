"""Remove the credentials that are due, and go on with what was stopped half-way."""

from contextlib import suppress

import attrs

from app.use_cases.each import each, raise_first
from domain.errors import NotFound
from domain.ids import CredentialId, OrganisationId
from domain.ports import (
    AnnouncedCredential,
    CredentialStore,
    SecretKind,
    SecretMissing,
    SecretPath,
    SecretStore,
)

_BATCH = 200
_SECONDS = 60.0  # for a batch; what is left of it then is due again


@attrs.frozen(kw_only=True)
class SweepCredentials:
    """Settle or withdraw replacements that were given up; then destroy the secrets of what is due, and forget it."""

    credentials: CredentialStore
    secrets: SecretStore
    batch: int = _BATCH

    async def __call__(self) -> bool:
        """Whether there may be more to do. Raises StorageUnavailable, once it has done what could be done."""
        unsettled = await self.credentials.take_unsettled(first=self.batch, seconds=_SECONDS)
        if await self.credentials.seconds_late() > 0:
            await self.secrets.ready()  # what is taken in vain would look as if it were not late
        due = await self.credentials.take_due(first=self.batch, seconds=_SECONDS)
        doubtful = await each(self._settle, unsettled)
        undone = await each(self._destroy, due)
        await self.credentials.remove([key[1] for key, failure in zip(due, undone, strict=True) if failure is None])
        raise_first(*doubtful, *undone)
        return self.batch in {len(due), len(unsettled)}

    async def seconds_late(self) -> float:
        """How long the longest due has been due."""
        return await self.credentials.seconds_late()

    async def _settle(self, announced: AnnouncedCredential) -> None:
        """The data decides: where it was written, the terms that were announced with it hold."""
        path = SecretPath(announced.organisation_id, SecretKind.CREDENTIAL, announced.id)
        try:
            version = (await self.secrets.read(path)).version
        except SecretMissing:
            version = 0
        if version != announced.version:
            await self.credentials.withdraw(announced)
            return
        with suppress(NotFound):  # its new end is over already
            await self.credentials.settle(announced.organisation_id, announced.id, version=version)

    async def _destroy(self, key: tuple[OrganisationId, CredentialId]) -> None:
        await self.secrets.destroy(SecretPath(key[0], SecretKind.CREDENTIAL, key[1]))
