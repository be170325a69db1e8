"""Saved first, looked at afterwards: make a grant durable, whatever it takes, in whichever store takes it first."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeVar

import attrs

from app.use_cases.in_flight import InFlight
from domain.errors import NotFound, StorageUnavailable
from domain.ports import (
    EventLog,
    SealedGrant,
    SealedGrantStore,
    Sealer,
    SecretConflict,
    SecretMissing,
    SecretPath,
    SecretStore,
    SecretStoreUnavailable,
    SetAside,
    StoredSecret,
)
from domain.secret import Secret
from domain.tokens import TokenGrant

SECONDS_ALONE = 0.05
"""For how long the secret store is waited for, before the grant is sealed, too."""
_HELD_SECONDS = 10.0
"""For how long a sealed grant is its maker's, who is still writing it to the secret store."""
_TRY_SECONDS = 8.0
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0

Answer = TypeVar("Answer")


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


@attrs.frozen(kw_only=True)
class SecureGrant:
    """Write with check-and-set; where that takes long, seal it into the database, too: whichever ends first counts.

    A write that had landed unheard shows as a conflict with ourselves. Neither is given up while this process lives,
    until one of them has it.
    """

    secrets: SecretStore
    sealed: SealedGrantStore
    sealer: Sealer
    in_flight: InFlight
    events: EventLog
    seconds_alone: float = SECONDS_ALONE

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

        Raises SecretStoreUnavailable when that was not seen in ``seconds`` (None: as long as it takes); it may be
        stored all the same, then or later. Raises RivalGrant when another is there.
        """
        securing = _Securing(self, path, grant, document={**(beside or {}), **grant.to_document()}, version=version)
        self.in_flight.start(securing.run())
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(securing.durable)
        except TimeoutError as error:
            raise SecretStoreUnavailable from error


@attrs.define(eq=False)
class _Securing:
    """One grant on its way into two stores. ``durable`` is done once the first has it, or neither may."""

    by: SecureGrant
    path: SecretPath
    grant: TokenGrant
    document: Mapping[str, Secret] = attrs.field(kw_only=True)
    version: int = attrs.field(kw_only=True)
    durable: "asyncio.Future[Secured]" = attrs.field(factory=lambda: asyncio.get_running_loop().create_future())

    async def run(self) -> None:
        """Write and seal, and clean up after what came second."""
        writing = asyncio.create_task(self._patiently(self._write))
        await asyncio.wait({writing}, timeout=self.by.seconds_alone)
        if writing.done() and writing.exception() is None:
            return
        sealed = await self._patiently(self._seal)
        await asyncio.wait({writing})
        with suppress(StorageUnavailable, NotFound):  # else a drain comes to the same end
            if isinstance(writing.exception(), RivalGrant):
                await self._keep_aside()
            elif sealed is not None and writing.result() is not None:
                if not await self.by.sealed.remove(sealed):  # deleted while we were stopped: we wrote after its end
                    await self.by.secrets.destroy(self.path)
            elif sealed is not None:
                await self.by.sealed.release(sealed)

    async def _patiently(self, step: Callable[[], Awaitable[Answer]]) -> Answer | None:
        """The step's answer, however often a store does not take it; None once the other has it, or neither may."""
        pause = _FIRST_PAUSE_SECONDS
        while not self.durable.done():
            try:
                async with asyncio.timeout(_TRY_SECONDS):
                    return await step()
            except (StorageUnavailable, TimeoutError):
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        return None

    async def _write(self) -> int:
        try:
            version = await self.by.secrets.write(self.path, self.document, version=self.version)
        except SecretConflict:
            version = await self._version_of_ours()
        self._settle(Secured(version=version, sealed=False))
        return version

    async def _version_of_ours(self) -> int:
        """Where a write of ours had landed unheard. Raises RivalGrant, SecretStoreUnavailable."""
        stored = await self._stored(at_least=self.version + 1)
        if stored is None and self.version == 0:
            # Nothing was there, a write of ours conflicts, and nothing is there: the node that answers is behind.
            raise SecretStoreUnavailable("The node of Vault that answers has not seen our own write yet.")
        if stored is None or stored.document.get("attempt") != self.document["attempt"]:
            rival = RivalGrant()
            self._settle(rival)
            raise rival
        return stored.version

    async def _stored(self, *, at_least: int) -> StoredSecret | None:
        try:
            return await self.by.secrets.read(self.path, at_least=at_least)
        except SecretMissing:
            return None

    async def _seal(self) -> SealedGrant | None:
        """As it is sealed and kept; None where it belongs to nothing any more."""
        try:
            sealed = await self._kept_sealed()
        except NotFound:
            return None
        self._settle(Secured(version=sealed.version, sealed=True))
        self.by.events.note("grant_sealed", credential_id=self.path.id)
        return sealed

    async def _kept_sealed(self) -> SealedGrant:
        await self.by.sealer.ready()
        sealed = self.by.sealer.seal(self.path, self.document, version=self.version + 1, attempt=self.grant.attempt)
        await self.by.sealed.add(sealed, seconds=_HELD_SECONDS)
        return sealed

    async def _keep_aside(self) -> None:
        """Ours replaces no rival's; but should that one be of no use, a person finds ours."""
        await self.by.sealed.set_aside(await self._kept_sealed(), SetAside.SUPERSEDED)
        self.by.events.note("sealed_grant_set_aside", credential_id=self.path.id, reason=SetAside.SUPERSEDED)

    def _settle(self, outcome: Secured | RivalGrant) -> None:
        if self.durable.done():
            return
        if isinstance(outcome, Secured):
            self.durable.set_result(outcome)
        else:
            self.durable.set_exception(outcome)
            self.durable.exception()  # taken note of, also where nobody waits any more
