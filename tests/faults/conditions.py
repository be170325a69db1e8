"""Waiting for what becomes true by itself."""

import asyncio
from collections.abc import Awaitable, Callable

_POLL_SECONDS = 0.05
_SECONDS = 30.0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return once the condition holds. TimeoutError: it never does."""
    async with asyncio.timeout(_SECONDS):
        while not await condition():  # noqa: ASYNC110 - other processes make it true
            await asyncio.sleep(_POLL_SECONDS)
