"""``switchboard dev``."""

from contextlib import ExitStack
from pathlib import Path

import rich_click as click
from rich.console import Console

from app.cli.api import ApiError, api_at
from app.cli.dev_machine import Machine, Plan
from app.cli.dev_organisation import init_connection
from app.cli.failures import failures_are_told
from app.cli.interruption import interruptible
from app.cli.ready_file import Ready
from app.cli.starting import USED_WRONGLY, config_option, loaded_settings, stop
from app.cli.steps import Steps
from app.cli.welcome import show_first_flow, show_panel
from app.setting_up import embedded_servers

_TAKEN_FROM_THE_USER = frozenset({"flow_ttl", "bootstrap_admin_key"})


@click.command()
@config_option
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=".switchboard",
    show_default=True,
    help="Where everything is kept between runs.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port to serve on, 0 for any; else the last run's, else 8080."
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Server processes.")
@click.option("--no-demo-provider", is_flag=True, help="Start no provider to try a connection with.")
@click.option(
    "--token-max-age",
    type=click.IntRange(1),
    default=3600,
    show_default=True,
    help="Seconds that the demo provider's first token lives; a refreshed one lives an hour.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write addresses, keys and process ids there as JSON (mode 0600) when all is ready.",
)
@click.option("--quiet", is_flag=True, help="Print no key and no panel: what is needed is in the ready file.")
def dev(
    config: Path | None,
    data_dir: Path,
    port: int | None,
    *,
    workers: int,
    no_demo_provider: bool,
    token_max_age: int,
    ready_file: Path | None,
    quiet: bool,
) -> None:
    """Run everything on this machine: OpenBao, Postgres, a demo provider, and the service. No container engine needed.

    A second start on the same `--data-dir` goes on with the same organisation, app, keys and data. The settings are
    those of `serve`, but for addresses and logins, which are ours. Ctrl-C stops everything.

    Example: `switchboard dev --port 8080 --ready-file ready.json`
    """
    if ready_file is not None and not ready_file.absolute().parent.is_dir():
        stop(f"--ready-file: there is no folder {ready_file.absolute().parent}.", status=USED_WRONGLY)
    plan = Plan(
        settings=loaded_settings({}, config=config, needed=_TAKEN_FROM_THE_USER).settings,
        config=config,
        port=port,
        workers=workers,
        with_provider=not no_demo_provider,
        token_max_age_seconds=token_max_age,
    )
    console = Console(highlight=False)
    try:
        _run(plan, data_dir, ready_file=ready_file, steps=Steps(console), quiet=quiet)
    except KeyboardInterrupt:
        console.print("Everything is stopped; the data stays.")


def _run(plan: Plan, data_dir: Path, *, ready_file: Path | None, steps: Steps, quiet: bool) -> None:
    with ExitStack() as running, failures_are_told(), interruptible():
        servers = running.enter_context(embedded_servers(data_dir))
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)
        machine = Machine(plan, servers, running, steps)
        ready, link = _start(machine, with_link=not quiet)
        running.callback(lambda: steps.say("Stopping …"))
        if ready_file is not None:
            running.callback(lambda: ready_file.unlink(missing_ok=True))
            ready.write(ready_file)
        if not quiet:
            show_panel(steps.console, ready, data_dir=servers.folder, ready_file=ready_file)
        if link is not None:
            show_first_flow(steps.console, ready, link)
        machine.watch()


def _start(machine: Machine, *, with_link: bool) -> tuple[Ready, str | None]:
    """What is ready, and a link to connect the demo app with."""
    try:
        ready = machine.start()
        if not with_link or ready.demo_app_id is None:
            return ready, None
        with api_at(ready.url, ready.api_key) as api:
            return ready, str(init_connection(api, ready.demo_app_id)["action"]["redirect"]["url"])
    except ApiError:
        machine.check_running()  # that one of them has died says more
        raise
