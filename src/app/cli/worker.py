"""``switchboard worker``."""

import asyncio
import signal
from pathlib import Path

import rich_click as click

from app.cli.starting import FAILED, config_option, loaded_settings, stop, unreachable_is_told
from app.container import Container, opened
from app.jobs.runner import running
from app.logs import configure_logs
from app.setting_up import migrator
from app.settings import Settings


@click.command()
@config_option
def worker(config: Path | None) -> None:
    """Run the jobs alone: removing what has expired, going on with what was stopped half-way. Any number may run.

    Stops on SIGTERM, once the batch under way has ended.

    Example: `switchboard worker --config /etc/switchboard.toml`
    """
    settings = loaded_settings({}, config=config).settings
    configure_logs(settings.log_level, settings.log_format)
    with unreachable_is_told():
        if migrator(settings).pending():
            stop("The schema is behind this version. Run: switchboard migrate", status=FAILED)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    container = Container(settings=settings)
    async with opened(container), running(container.jobs()):
        await stopped.wait()
