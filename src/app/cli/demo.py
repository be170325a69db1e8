"""``switchboard demo``."""

import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import rich_click as click
from rich.console import Console

from app.cli.api import api_at
from app.cli.demo_browser import demo_browser
from app.cli.demo_steps import Demo, expect
from app.cli.failures import failures_are_told
from app.cli.interruption import interruptible
from app.cli.ready_file import Ready
from app.cli.starting import FAILED, stop
from app.cli.steps import Steps
from app.cli.subcommand import subcommand
from app.setting_up import embedded_servers
from domain.ports.local_servers import Program, Servers

# Long enough for the steps in between, and short enough to be waited for.
_TOKEN_MAX_AGE_SECONDS = 5
_SECONDS_TO_START = 180
_SECONDS_TO_STOP = 120  # `dev` gives the service 80, and each of its servers ten


@click.command()
def demo() -> None:
    """Show the main job from nothing, for real: connect an account, find its secret in Vault, get fresh tokens.

    Everything runs on this machine, in a temporary folder, and is stopped and removed at the end. Exits with 0 only
    if every step was seen.

    Example: `switchboard demo`
    """
    steps = Steps(Console(highlight=False))
    began = time.monotonic()
    try:
        with ExitStack() as stack, failures_are_told(), interruptible():
            _run(stack, steps)
    except KeyboardInterrupt:
        stop("Interrupted; everything is stopped and removed.", status=FAILED)
    steps.say(f"Every step was seen, in {time.monotonic() - began:.0f} seconds; everything is stopped and removed.")
    steps.say("Next: switchboard dev")


def _run(stack: ExitStack, steps: Steps) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="switchboard-demo-")))
    servers = stack.enter_context(embedded_servers(folder))
    ready_file = folder / "ready.json"
    with steps.doing("Starting OpenBao, Postgres, a provider and the service (some 8 seconds)", slow=True) as seen:
        dev = _start_dev(servers, ready_file)
        stack.callback(dev.stop)
        dev.wait_until(ready_file.exists, within_seconds=_SECONDS_TO_START)
        ready = Ready.read(ready_file)
        seen(f"`switchboard dev` is ready: service {ready.url}, OpenBao {ready.vault_addr}, Postgres, a provider")
    provider_url = ready.provider_url
    if provider_url is None:
        return expect(provider_url, "There is no demo provider.")
    with api_at(ready.url, ready.api_key) as api, demo_browser() as browser:
        Demo(ready, provider_url, api, browser, steps).run()
    return None


def _start_dev(servers: Servers, ready_file: Path) -> Program:
    options = {
        "--data-dir": str(servers.folder / "data"),
        "--port": "0",
        "--token-max-age": str(_TOKEN_MAX_AGE_SECONDS),
        "--ready-file": str(ready_file),
    }
    return servers.start_program(
        subcommand("dev", "--quiet", *(word for option in options.items() for word in option)),
        name="switchboard dev",
        log="dev.log",
        # The user's own settings are for another Switchboard.
        env={name: value for name, value in os.environ.items() if not name.startswith(("SWITCHBOARD_", "VAULT_"))},
        seconds_to_stop=_SECONDS_TO_STOP,
    )
