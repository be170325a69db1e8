"""Requests that wait until a test lets them go, so that no test depends on time."""

import asyncio

import attrs


@attrs.define
class Holds:
    _held: dict[str, list[asyncio.Event]] = attrs.field(factory=dict)
    _changed: asyncio.Condition = attrs.field(factory=asyncio.Condition)

    async def wait(self, client_id: str) -> None:
        """Stay until the next release of this client."""
        released = asyncio.Event()
        async with self._changed:
            self._held.setdefault(client_id, []).append(released)
            self._changed.notify_all()
        await released.wait()

    def release(self, client_id: str) -> int:
        """Let go those of this client that wait now, and say how many; later ones wait again."""
        held = self._held.pop(client_id, [])
        for released in held:
            released.set()
        return len(held)

    async def until_held(self, client_id: str, count: int) -> None:
        """Return once so many of this client's requests wait."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._held.get(client_id, [])) >= count)
