"""``switchboard migrate``."""

from pathlib import Path

import rich_click as click

from app.cli.starting import FAILED, config_option, loaded_settings, stop, unreachable_is_told
from app.setting_up import migrator
from app.settings import Settings


@click.command()
@config_option
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if the schema is behind.")
@click.option("--sql", is_flag=True, help="Change nothing; print the statements from nothing to this version.")
def migrate(config: Path | None, *, check: bool, sql: bool) -> None:
    """Bring the database's schema up to date. Safe to run from many replicas at once: one does it.

    Example: `SWITCHBOARD_DATABASE_URL=postgresql://owner@db/switchboard switchboard migrate`
    """
    if sql:
        click.echo(migrator(Settings()).sql())
        return
    found = migrator(loaded_settings({}, config=config, needed={"database_url"}).settings)
    with unreachable_is_told():
        if check and found.pending():
            stop("The schema is behind this version. Run: switchboard migrate", status=FAILED)
        if not check:
            found.migrate()
    click.echo("The schema is up to date.")
