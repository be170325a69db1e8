"""One look for all who ask for the same at once: a thousand callers of one connection are not a thousand statements.

Nobody gets an answer that was looked up before he asked: who comes while a look is under way shares the next one. So
what was revoked before a request came is refused to it, as if it had looked alone.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

import attrs

from app.use_cases.in_flight import InFlight

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


@attrs.frozen
class SharedLooks(Generic[Key, Answer]):
    """One for a process and a kind of look: of each key one is under way, and one waits for its end."""

    in_flight: InFlight
    _under_way: dict[Key, asyncio.Task[Answer]] = attrs.field(factory=dict, init=False)
    _next: dict[Key, asyncio.Task[Answer]] = attrs.field(factory=dict, init=False)

    async def __call__(self, key: Key, look: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """What the look answers or raises; a caller that is cancelled takes it from nobody else.

        ``look`` is the first one's, and in his context: it MUST be the same for all who ask with this key.
        """
        task = self._next.get(key)
        if task is None:
            task = self._next[key] = self.in_flight.start(self._look(key, look))
        return await asyncio.shield(task)

    async def _look(self, key: Key, look: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        if key in self._under_way:
            await asyncio.wait({self._under_way[key]})
        task = self._under_way[key] = self._next.pop(key)
        try:
            return await look()
        finally:
            if self._under_way[key] is task:
                del self._under_way[key]
