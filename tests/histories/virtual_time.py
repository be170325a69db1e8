"""An event loop whose time passes only when it is told to: to sleep for a minute costs nothing, and luck is no part."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import attrs

Answer = TypeVar("Answer")

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class _Selector(selectors.SelectSelector):
    """Waits for nothing: where there is nothing to do, the time goes on, or the loop stops."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualLoop | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.loop is not None and (timeout is None or timeout > 0):
            self.loop.is_idle(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs what can be run now (``settle``), or what can be until some seconds are over (``pass_by``)."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._until = 0.0
        selector = _Selector()
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        return self._seconds

    def is_idle(self, timeout: float | None) -> None:
        """Nothing can go on for so many seconds (None: ever)."""
        if timeout is None or self._seconds + timeout > self._until:
            self._seconds = max(self._seconds, self._until)
            self.stop()
        else:
            # A little more than asked for, or rounding would leave the timer waiting for ever.
            self._seconds += timeout + 1e-9

    def settle(self) -> None:
        """Return when nothing can go on without an event from outside, or the time."""
        self.pass_by(0)

    def pass_by(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self._until = self._seconds + seconds
        self.run_forever()

    def at_once(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """The answer of what waits for nothing."""
        task = self.create_task(work)
        self.settle()
        return task.result()


@attrs.frozen
class VirtualClock:
    """A Clock that tells the loop's time."""

    loop: VirtualLoop

    def now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.loop.time())

    async def passes(self, by: timedelta) -> None:
        await asyncio.sleep(by.total_seconds())
