import asyncio

import attrs

from domain.ports import Hint, HintListener


@attrs.define
class MemoryHints:
    """A Hints of one process alone; ``silent`` is for a test to say that nothing is heard."""

    silent: bool = False
    _listeners: list[HintListener] = attrs.field(factory=list, init=False)
    _waiting: dict[Hint, set[asyncio.Event]] = attrs.field(factory=dict, init=False)

    def publish(self, hint: Hint) -> None:
        for listener in self._listeners:
            listener.told(hint)
        for event in self._waiting.get(hint, ()):
            event.set()

    def subscribe(self, listener: HintListener) -> None:
        self._listeners.append(listener)

    def heard_within(self, seconds: float) -> bool:
        del seconds
        return not self.silent

    async def until_told(self, hint: Hint, *, within_seconds: float) -> bool:
        event = asyncio.Event()
        self._waiting.setdefault(hint, set()).add(event)
        try:
            async with asyncio.timeout(within_seconds):
                return await event.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting[hint].discard(event)
            if not self._waiting[hint]:
                del self._waiting[hint]
