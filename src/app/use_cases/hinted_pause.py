"""A pause that ends early where a hint comes: for whoever polls, and would rather not poll often."""

import asyncio
from typing import Self

import attrs

from domain.ports import Hint, Hints


@attrs.define(eq=False)
class HintedPause:
    """A HintListener; made by ``of``, one for a process."""

    _waiting: dict[Hint, set[asyncio.Event]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, hints: Hints) -> Self:
        pause = cls()
        hints.subscribe(pause)
        return pause

    async def __call__(self, hint: Hint, *, seconds: float) -> bool:
        """Return True once this very hint is told, False after that time at the latest."""
        event = asyncio.Event()
        self._waiting.setdefault(hint, set()).add(event)
        try:
            async with asyncio.timeout(seconds):
                return await event.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting[hint].discard(event)
            if not self._waiting[hint]:
                del self._waiting[hint]

    def told(self, hint: Hint) -> None:
        for event in self._waiting.get(hint, ()):
            event.set()

    def missed(self) -> None:
        """What was missed is found by polling."""
