"""The jobs as a process of their own."""

import asyncio
import signal

from app.container import Container, opened
from app.jobs.runner import running
from app.settings import Settings


async def work(settings: Settings) -> None:
    """Run them until SIGTERM or SIGINT, and then to the end of the batch under way."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    container = Container(settings=settings)
    async with opened(container), running(container.jobs()):
        await stopped.wait()
