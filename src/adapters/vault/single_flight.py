import asyncio
from collections.abc import Awaitable, Callable


class SingleFlight:
    """One call at a time: who comes while it runs waits for it, and shares its end. A waiter may be cancelled alone."""

    def __init__(self, call: Callable[[], Awaitable[None]]) -> None:
        self._call = call
        self._running: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        if self._running is None:
            self._running = asyncio.create_task(self._run())
            self._running.add_done_callback(_mark_seen)
        # Shielded: of a hundred waiters, one whose client went away must not take the call from the others.
        await asyncio.shield(self._running)

    async def _run(self) -> None:
        try:
            await self._call()
        finally:
            self._running = None


def _mark_seen(task: asyncio.Task[None]) -> None:
    """Of a failure that every waiter was cancelled before, asyncio would complain; the next call meets it anyway."""
    if not task.cancelled():
        task.exception()
