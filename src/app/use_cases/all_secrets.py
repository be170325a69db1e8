"""What is secret, wherever it is: in the secret store, or sealed in the database until the store takes it."""

from collections.abc import Mapping

import attrs

from domain.errors import StorageUnavailable
from domain.ports import (
    SealedGrant,
    SealedGrantStore,
    Sealer,
    SecretKind,
    SecretMissing,
    SecretPath,
    SecretStore,
    SetAside,
    StoredSecret,
    Unsealable,
)
from domain.secret import Secret


class SealedForGood(StorageUnavailable):
    """A newer token of this connection is sealed, and Vault does not open it. Tell the operator, or connect again."""


@attrs.frozen
class AllSecrets(SecretStore):
    """A SecretStore that reads what waits sealed as if it had been stored, and destroys it along with the rest.

    Sealed copies are looked for only where the store has none, or an older one than is recorded: in peace nothing is
    asked of the database.
    """

    vault: SecretStore
    sealed: SealedGrantStore
    sealer: Sealer

    async def ready(self) -> None:
        await self.sealer.ready()
        await self.vault.ready()

    async def read(self, path: SecretPath, *, at_least: int = 1) -> StoredSecret:
        """As the port says. Raises SealedForGood where what is recorded is sealed, and never opens."""
        try:
            stored = await self.vault.read(path)
            if stored.version >= at_least:
                return stored
        except SecretMissing:
            if path.kind is not SecretKind.CREDENTIAL:
                raise
        sealed = await self._newest_sealed(path, at_least=at_least)
        # None: perhaps it was drained just now, and perhaps the node that answered is behind.
        return await self._opened(sealed) if sealed else await self.vault.read(path, at_least=at_least)

    async def write(self, path: SecretPath, document: Mapping[str, Secret], *, version: int) -> int:
        return await self.vault.write(path, document, version=version)

    async def destroy(self, path: SecretPath) -> None:
        """As the port says. Raises SealedGrantTaken while one is being written there: it would be left over."""
        if path.kind is SecretKind.CREDENTIAL:
            await self.sealed.give_up(path)
        await self.vault.destroy(path)

    async def _newest_sealed(self, path: SecretPath, *, at_least: int) -> SealedGrant | None:
        found = [
            sealed
            for sealed in await self.sealed.of(path)
            if sealed.version >= at_least and sealed.set_aside is not SetAside.SUPERSEDED
        ]
        return found[-1] if found else None

    async def _opened(self, sealed: SealedGrant) -> StoredSecret:
        if sealed.set_aside is SetAside.UNOPENED:
            raise SealedForGood
        try:
            return StoredSecret(await self.sealer.open(sealed), sealed.version)
        except Unsealable as error:
            raise SealedForGood from error
