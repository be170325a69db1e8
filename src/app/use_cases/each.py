"""A batch of work on stores, several at a time: what is in the way of one holds up no other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from domain.errors import StorageUnavailable

AT_ONCE = 16

Item = TypeVar("Item")


async def each(work: Callable[[Item], Awaitable[object]], items: Iterable[Item]) -> Sequence[StorageUnavailable | None]:
    """Do the work on every item, AT_ONCE at a time; what was in the way of each, in their order."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def in_turn(item: Item) -> StorageUnavailable | None:
        async with limit:
            try:
                await work(item)
            except StorageUnavailable as error:
                return error
        return None

    return await asyncio.gather(*map(in_turn, items))


def raise_first(*failures: StorageUnavailable | None) -> None:
    """Raise what was in the way of the first, if anything was in the way of any."""
    for failure in failures:
        if failure is not None:
            raise failure
