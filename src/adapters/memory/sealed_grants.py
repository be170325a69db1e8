from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from adapters.memory.credentials import MemoryCredentialStore
from adapters.memory.flows import MemoryFlowStore
from domain.errors import NotFound
from domain.ids import AttemptId
from domain.ports import Backlog, Clock, SealedGrant, SealedGrantTaken, SecretPath, SetAside


@attrs.define
class _Kept:
    sealed: SealedGrant
    sealed_at: datetime
    taken_until: datetime


@attrs.frozen
class MemorySealedGrantStore:
    """A SealedGrantStore, by this clock."""

    flows: MemoryFlowStore
    credentials: MemoryCredentialStore
    clock: Clock
    _kept: dict[AttemptId, _Kept] = attrs.field(factory=dict, init=False)

    async def add(self, sealed: SealedGrant, *, seconds: float) -> None:
        if not self._belongs(sealed):
            raise NotFound
        now = self.clock.now()
        kept = self._kept.setdefault(sealed.attempt, _Kept(sealed, now, now))
        kept.taken_until = now + timedelta(seconds=seconds)

    async def of(self, path: SecretPath) -> Sequence[SealedGrant]:
        found = [kept for kept in self._kept.values() if kept.sealed.path == path]
        return [kept.sealed for kept in sorted(found, key=lambda kept: (kept.sealed.version, kept.sealed_at))]

    async def take(self, sealed: SealedGrant, *, seconds: float) -> bool:
        kept = self._kept.get(sealed.attempt)
        if kept is None or kept.sealed.set_aside is not None:
            return False
        if kept.taken_until > self.clock.now():
            raise SealedGrantTaken
        kept.taken_until = self.clock.now() + timedelta(seconds=seconds)
        return True

    async def take_waiting(self, *, first: int, seconds: float) -> Sequence[SealedGrant]:
        now = self.clock.now()
        waiting = [kept for kept in self._kept.values() if self._is_next(kept) and kept.taken_until <= now]
        taken = sorted(waiting, key=lambda kept: kept.sealed_at)[:first]
        for kept in taken:
            kept.taken_until = now + timedelta(seconds=seconds)
        return [kept.sealed for kept in taken]

    async def release(self, sealed: SealedGrant) -> None:
        if sealed.attempt in self._kept:
            self._kept[sealed.attempt].taken_until = self.clock.now()

    async def remove(self, sealed: SealedGrant) -> bool:
        return self._kept.pop(sealed.attempt, None) is not None or self._belongs(sealed)

    async def set_aside(self, sealed: SealedGrant, why: SetAside) -> None:
        if sealed.attempt in self._kept:
            kept = self._kept[sealed.attempt]
            kept.sealed = attrs.evolve(kept.sealed, set_aside=why)
            kept.taken_until = self.clock.now()

    async def give_up(self, path: SecretPath) -> None:
        for sealed in await self.of(path):
            if self._kept[sealed.attempt].taken_until <= self.clock.now():
                del self._kept[sealed.attempt]
        if await self.of(path):
            raise SealedGrantTaken

    async def backlog(self) -> Backlog:
        waiting = [kept.sealed_at for kept in self._kept.values() if kept.sealed.set_aside is None]
        return Backlog(
            waiting=len(waiting),
            set_aside=len(self._kept) - len(waiting),
            seconds=(self.clock.now() - min(waiting)).total_seconds() if waiting else 0,
        )

    def _belongs(self, sealed: SealedGrant) -> bool:
        return self.flows.awaits(sealed.path) or self.credentials.has(sealed.path)

    def _is_next(self, kept: _Kept) -> bool:
        """Whether it waits, and none of a lower version at its path has to be stored, or looked at, before it."""
        others = (other.sealed for other in self._kept.values() if other.sealed.path == kept.sealed.path)
        before = [
            other
            for other in others
            if other.version < kept.sealed.version and other.set_aside is not SetAside.SUPERSEDED
        ]
        return kept.sealed.set_aside is None and not before
