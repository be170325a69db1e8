"""``switchboard``: the group of all commands."""

import rich_click as click

from app.cli.demo import demo
from app.cli.dev import dev
from app.cli.doctor import doctor
from app.cli.migrate import migrate
from app.cli.serve import serve
from app.cli.vault import vault
from app.cli.worker import worker


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="switchboard", prog_name="switchboard")
def main() -> None:
    """Connect your customers' accounts at any OAuth provider; tokens kept in your Vault, always fresh.

    New here? `switchboard dev` starts everything on this machine; `switchboard demo` shows the main job.

    Example: `switchboard dev --data-dir .switchboard`
    """


for command in (dev, demo, serve, worker, migrate, vault, doctor):
    main.add_command(command)
