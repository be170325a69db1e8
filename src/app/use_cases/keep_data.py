"""Write a credential's data for a version that was announced."""

from contextlib import suppress

import attrs

from domain.credential_data import Members
from domain.ports import SecretConflict, SecretPath, SecretStore, SecretStoreUnavailable


@attrs.frozen
class KeepData:
    secrets: SecretStore

    async def __call__(self, path: SecretPath, members: Members, *, version: int) -> int:
        """The version under which the data is stored, in place of ``version`` (0: none).

        Raises SecretConflict where that is not what is there; SecretStoreUnavailable when it is not known to be stored.
        """
        try:
            return await self.secrets.write(path, members, version=version)
        except SecretStoreUnavailable:
            # It may have happened. Nobody else writes the version that we announced, so a conflict is with ourselves.
            with suppress(SecretConflict):
                await self.secrets.write(path, members, version=version)
            return version + 1
