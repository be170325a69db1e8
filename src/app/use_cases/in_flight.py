"""Work that goes on to its end though its caller goes away, and that a stopping process waits for."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class InFlight:
    """Shields work from its caller's cancellation. What a provider handed over is not lost to a closed browser."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Begin the work; who waits for it does so through ``asyncio.shield``."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    async def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The work's result; a caller that is cancelled leaves it running."""
        return await asyncio.shield(self.start(work))

    async def drain(self, *, seconds: float) -> None:
        """Return when all work has ended, or after so many seconds; call it before the stores are closed."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._tasks and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # taken note of: its caller, if still there, is told by the shield
