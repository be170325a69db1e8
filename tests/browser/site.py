"""A site of a test's own, for a real browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from aiohttp import web


@attrs.define
class Site:
    """A site on a port, and so an origin, of its own."""

    app: web.Application
    origin: str = ""

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        runner = web.AppRunner(self.app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()
