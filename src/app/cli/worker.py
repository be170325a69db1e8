"""``switchboard worker``."""

import asyncio
from pathlib import Path

import rich_click as click

from app.cli.starting import FAILED, config_option, loaded_settings, stop, unreachable_is_told
from app.logs import configure_logs
from app.setting_up import migrator


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
    # Only here: a server that is forked from this command loads the application itself, metrics of its own with it.
    from app.cli.work import work  # noqa: PLC0415

    asyncio.run(work(settings))
