"""Stores with a fault drawn over them: what Vault and Postgres do at their worst, at the moment that a test chooses."""

import asyncio
from collections.abc import Mapping
from typing import Any

import attrs

from domain.errors import StorageUnavailable
from domain.ports import (
    SealedGrant,
    SealedGrantStore,
    SecretKind,
    SecretMissing,
    SecretPath,
    SecretStore,
    SecretStoreUnavailable,
    StoredSecret,
)
from domain.secret import Secret


@attrs.define
class FaultySecrets(SecretStore):
    """The store beneath, but for what is set.

    Attributes:
        refuses: No write happens, and the probe knows.
        refuses_documents: The probe is taken, and no document is.
        destroys_nothing: No document is destroyed.
        loses_answers: So many writes happen, and are answered as if they had not.
        behind: So many reads are answered by a node that has seen none of our writes.
        reads_nothing: No read is answered.
        holds: A write waits here before it happens, heedless of its caller's patience.

    """

    beneath: SecretStore
    refuses: bool = False
    refuses_documents: bool = False
    destroys_nothing: bool = False
    loses_answers: int = 0
    behind: int = 0
    reads_nothing: bool = False
    holds: asyncio.Event | None = None
    late: set[asyncio.Task[int]] = attrs.field(factory=set)

    async def ready(self) -> None:
        if self.refuses:
            raise SecretStoreUnavailable
        await self.beneath.ready()

    async def read(self, path: SecretPath, *, at_least: int = 1) -> StoredSecret:
        if self.reads_nothing:
            raise SecretStoreUnavailable
        if self.behind and path.kind is SecretKind.CREDENTIAL:
            self.behind -= 1
            raise SecretMissing
        return await self.beneath.read(path, at_least=at_least)

    async def write(self, path: SecretPath, document: Mapping[str, Secret], *, version: int) -> int:
        if self.refuses or self.refuses_documents:
            raise SecretStoreUnavailable
        if self.holds is not None:
            task = asyncio.create_task(self._write_late(self.holds, path, document, version=version))
            self.late.add(task)
            return await asyncio.shield(task)
        written = await self.beneath.write(path, document, version=version)
        if self.loses_answers:
            self.loses_answers -= 1
            raise SecretStoreUnavailable
        return written

    async def destroy(self, path: SecretPath) -> None:
        if self.destroys_nothing:
            raise SecretStoreUnavailable
        await self.beneath.destroy(path)

    async def _write_late(
        self, hold: asyncio.Event, path: SecretPath, document: Mapping[str, Secret], *, version: int
    ) -> int:
        await hold.wait()
        return await self.beneath.write(path, document, version=version)


@attrs.define
class FaultySealedGrants:
    """The store beneath, but for what is set.

    Attributes:
        refuses: Nothing is sealed.
        forgets: What is drained, or was stored meanwhile, stays: as if the process had been killed just before.

    """

    beneath: SealedGrantStore
    refuses: bool = False
    forgets: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.beneath, name)

    async def add(self, sealed: SealedGrant, *, seconds: float) -> None:
        if self.refuses:
            raise StorageUnavailable
        await self.beneath.add(sealed, seconds=seconds)

    async def remove(self, sealed: SealedGrant) -> bool:
        return self.forgets or await self.beneath.remove(sealed)
