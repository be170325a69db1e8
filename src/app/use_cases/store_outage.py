"""Whether Postgres answers, for whoever can do without: they neither wait for it long, nor ask one after the other."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import attrs

from app.use_cases.in_flight import InFlight
from domain.errors import StorageUnavailable

Result = TypeVar("Result")

_SECONDS_TO_ANSWER = 1.0
_SECONDS_UNTIL_ASKED_AGAIN = 1.0


@attrs.define(eq=False)
class StoreOutage:
    in_flight: InFlight
    seconds_until_asked_again: float = _SECONDS_UNTIL_ASKED_AGAIN
    _found_at: float = attrs.field(default=-math.inf, init=False)

    async def ask(self, look_up: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """What the look-up answers. Raises StorageUnavailable soon, at once where that was found a moment ago."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._found_at + self.seconds_until_asked_again:
            raise StorageUnavailable
        task = self.in_flight.start(look_up())  # not cancelled: to give up on a statement costs a connection
        done, _ = await asyncio.wait({task}, timeout=_SECONDS_TO_ANSWER)
        error = task.exception() if done else StorageUnavailable()
        if isinstance(error, StorageUnavailable):
            self._found_at = loop.time()
            raise error
        return task.result()
