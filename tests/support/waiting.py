"""Waiting for what comes by itself, without saying when."""

import asyncio
from collections.abc import Awaitable, Callable

_SECONDS = 30
_BETWEEN_LOOKS = 0.01


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Return once it holds; a TimeoutError fails the test that waits for what never comes."""
    async with asyncio.timeout(_SECONDS):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(_BETWEEN_LOOKS)
