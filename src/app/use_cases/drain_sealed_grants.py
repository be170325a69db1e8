"""Bring into the secret store what it did not take when it came."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import attrs

from app.use_cases.all_secrets import SealedForGood
from domain.errors import StorageUnavailable
from domain.ports import (
    EventLog,
    SealedGrant,
    SealedGrantStore,
    SealedGrantTaken,
    Sealer,
    SecretConflict,
    SecretMissing,
    SecretPath,
    SecretStore,
    SecretStoreUnavailable,
    SetAside,
    Unsealable,
)
from domain.secret import Secret

TAKEN_SECONDS = 30.0
"""For how long a sealed grant is its drainer's, who is done with it before, or gives up."""
_DRAIN_SECONDS = 25.0
_BATCH = 20
_WAIT_SECONDS = 5.0
_POLL_SECONDS = 0.1


@attrs.frozen(kw_only=True)
class DrainOne:
    """Open a sealed grant that we have taken, write it to its path, and forget the sealed copy."""

    secrets: SecretStore
    sealed: SealedGrantStore
    sealer: Sealer
    events: EventLog

    async def __call__(self, sealed: SealedGrant) -> SetAside | None:
        """Why it was set aside, if it was. Raises StorageUnavailable where it waits on."""
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                written = await self._write(sealed, await self.sealer.open(sealed))
        except Unsealable:
            return await self._set_aside(sealed, SetAside.UNOPENED)
        except TimeoutError as error:
            raise SecretStoreUnavailable from error
        except StorageUnavailable:
            with suppress(StorageUnavailable):  # it is free again in TAKEN_SECONDS
                await self.sealed.release(sealed)
            raise
        if not written:
            return await self._set_aside(sealed, SetAside.SUPERSEDED)
        if not await self.sealed.remove(sealed):  # deleted while we were stopped: what we wrote came after its end
            await self.secrets.destroy(sealed.path)
        self.events.note("sealed_grant_drained", credential_id=sealed.path.id)
        return None

    async def _write(self, sealed: SealedGrant, document: Mapping[str, Secret]) -> bool:
        """Whether it is there now; False where another grant has its version, or one that came after it."""
        try:
            await self.secrets.write(sealed.path, document, version=sealed.version - 1)
        except SecretConflict:
            return await self._is_there(sealed)
        return True

    async def _is_there(self, sealed: SealedGrant) -> bool:
        try:
            stored = await self.secrets.read(sealed.path, at_least=sealed.version)
        except SecretMissing as error:
            if sealed.version == 1:  # nothing may be there, and something is: the node that answers is behind
                raise SecretStoreUnavailable from error
            return False
        return stored.document.get("attempt") == Secret(sealed.attempt)

    async def _set_aside(self, sealed: SealedGrant, why: SetAside) -> SetAside:
        await self.sealed.set_aside(sealed, why)
        self.events.note("sealed_grant_set_aside", credential_id=sealed.path.id, reason=why)
        return why


@attrs.frozen(kw_only=True)
class DrainSealedGrants:
    """Have what waits sealed for a path in the secret store, before anything there is spent or replaced."""

    sealed: SealedGrantStore
    drain: DrainOne

    async def __call__(self, path: SecretPath) -> None:
        """Return when nothing newer than what the secret store has at this path waits sealed.

        Costs one look into the database where nothing waits. Raises StorageUnavailable: nothing may be spent then.
        """
        for sealed in await self.sealed.of(path):
            why = await self.drain(sealed) if await self._have(sealed) else sealed.set_aside
            if why is SetAside.UNOPENED:
                raise SealedForGood

    async def _have(self, sealed: SealedGrant) -> bool:
        """Whether it is ours to drain; False where that has been done, or cannot be. Raises SealedGrantTaken."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_SECONDS
        while True:
            try:
                return await self.sealed.take(sealed, seconds=TAKEN_SECONDS)
            except SealedGrantTaken:
                if loop.time() >= deadline:
                    raise
            await asyncio.sleep(_POLL_SECONDS)


@attrs.frozen(kw_only=True)
class DrainWaiting:
    """Have all that waits, of whatever organisation, in the secret store as soon as that takes it."""

    secrets: SecretStore
    sealed: SealedGrantStore
    drain: DrainOne
    batch: int = _BATCH

    async def __call__(self) -> bool:
        """Whether there may be more to do.

        Raises StorageUnavailable, once it has done what could be done. Nothing is taken while the store takes no
        writes.
        """
        if not (await self.sealed.backlog()).waiting:
            return False
        await self.secrets.ready()
        taken = await self.sealed.take_waiting(first=self.batch, seconds=TAKEN_SECONDS)
        outcomes = await asyncio.gather(*map(self.drain, taken), return_exceptions=True)
        for failure in filter(None, outcomes):
            if isinstance(failure, BaseException):
                raise failure
        return len(taken) == self.batch

    async def seconds_late(self) -> float:
        """For how long the oldest has waited."""
        return (await self.sealed.backlog()).seconds

    async def counts(self) -> Mapping[str, int]:
        """How many wait, and how many are set aside for a person to look at."""
        backlog = await self.sealed.backlog()
        return {"waiting": backlog.waiting, "set_aside": backlog.set_aside}
