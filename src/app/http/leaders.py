"""Of those who ask for the same at once, the first goes on; the others wait until he was answered, and look again.

A thousand callers of a token that has lapsed would otherwise each be routed, looked up and judged by the whole stack.
"""

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import attrs

Key = TypeVar("Key", bound=Hashable)


@attrs.frozen
class Leaders(Generic[Key]):
    """Who is ahead, for each thing that is asked for; one for a process."""

    _ahead: dict[Key, asyncio.Future[None]] = attrs.field(factory=dict, init=False)

    async def waited_for(self, key: Key, *, seconds: float) -> bool:
        """Return once whoever is ahead was answered, or after so long; False, at once, where nobody is."""
        ahead = self._ahead.get(key)
        if ahead is None:
            return False
        await asyncio.wait({ahead}, timeout=seconds)
        return True

    @contextmanager
    def leading(self, key: Key) -> Iterator[None]:
        """Be ahead, unless somebody is: then those who come wait for him, and not for both."""
        if key in self._ahead:
            yield
            return
        self._ahead[key] = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            self._ahead.pop(key).set_result(None)
