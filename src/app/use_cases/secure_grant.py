"""Saved first, looked at afterwards: put a grant into the secret store, whatever it takes, within a time."""

import asyncio
from collections.abc import Mapping

import attrs

from domain.ports import SecretConflict, SecretMissing, SecretPath, SecretStore, SecretStoreUnavailable, StoredSecret
from domain.secret import Secret
from domain.tokens import TokenGrant

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0


class RivalGrant(Exception):
    """The document is another than ours, or gone: ours MUST NOT replace it."""


@attrs.frozen(kw_only=True)
class Secured:
    """A grant that is durable.

    Attributes:
        version: The one that it has in the secret store, or will have once it is drained.
        sealed: Whether it is a sealed copy that is durable, and the secret store may not have it yet.

    """

    version: int
    sealed: bool


@attrs.frozen
class SecureGrant:
    """Write with check-and-set until it is done: a write that had landed unheard shows as a conflict with ourselves."""

    secrets: SecretStore

    async def __call__(
        self,
        path: SecretPath,
        grant: TokenGrant,
        *,
        version: int,
        seconds: float | None,
        beside: Mapping[str, Secret] | None = None,
    ) -> Secured:
        """The grant as stored with what stands ``beside`` it, in place of ``version`` (0: none).

        Raises SecretStoreUnavailable when that was not seen in ``seconds`` (None: as long as it takes); the write may
        land all the same. Raises RivalGrant when another is there.
        """
        document = {**(beside or {}), **grant.to_document()}
        pause = _FIRST_PAUSE_SECONDS
        refused: SecretStoreUnavailable | None = None
        try:
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        return Secured(version=await self._write(path, document, version=version), sealed=False)
                    except SecretStoreUnavailable as error:
                        refused = error
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        except TimeoutError as error:
            raise refused or SecretStoreUnavailable() from error

    async def _write(self, path: SecretPath, document: Mapping[str, Secret], *, version: int) -> int:
        try:
            return await self.secrets.write(path, document, version=version)
        except SecretConflict:
            stored = await self._stored(path, at_least=version + 1)
        if stored is None and version == 0:
            # Nothing was there, a write of ours conflicts, and nothing is there: the node that answers is behind.
            raise SecretStoreUnavailable("The node of Vault that answers has not seen our own write yet.")
        if stored is None or stored.document.get("attempt") != document["attempt"]:
            raise RivalGrant
        return stored.version

    async def _stored(self, path: SecretPath, *, at_least: int) -> StoredSecret | None:
        try:
            return await self.secrets.read(path, at_least=at_least)
        except SecretMissing:
            return None
