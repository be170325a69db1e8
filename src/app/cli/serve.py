"""``switchboard serve``."""

import asyncio
import os
import socket
from contextlib import suppress
from pathlib import Path

import rich_click as click
from rich.table import Table

from app.cli.server import run_server
from app.cli.starting import (
    FAILED,
    config_option,
    errors,
    loaded_settings,
    stop,
    unreachable_is_told,
)
from app.logs import configure_logs
from app.setting_up import migrator, vault_policies
from app.settings import CONFIG_VARIABLE, PREFIX, Loaded, Settings
from domain.errors import StorageUnavailable
from domain.secret import Secret


@click.command()
@config_option
@click.option("--host", help="The address to listen on; else SWITCHBOARD_BIND's.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on; else SWITCHBOARD_BIND's.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Server processes.")
@click.option("--no-jobs", is_flag=True, help="Leave what is due to `switchboard worker`; as SWITCHBOARD_JOBS=false.")
@click.option("--print-settings", is_flag=True, help="Show each setting and where it came from, and stop.")
def serve(
    config: Path | None, host: str | None, port: int | None, *, workers: int, no_jobs: bool, print_settings: bool
) -> None:
    """Run the service on the Postgres and the Vault that the settings name. The schema is brought up to date first.

    Example: `switchboard serve --config /etc/switchboard.toml --host 0.0.0.0 --port 8080`
    """
    options: dict[str, object] = {"jobs": False} if no_jobs else {}
    loaded = loaded_settings(options, config=config)
    if host is not None or port is not None:
        bound_host, _, bound_port = loaded.settings.bind.rpartition(":")
        loaded = loaded_settings(options | {"bind": f"{host or bound_host}:{port or bound_port}"}, config=config)
    settings = loaded.settings
    if print_settings:
        _show(loaded)
        return
    configure_logs(settings.log_level, settings.log_format)
    address, _, number = settings.bind.rpartition(":")
    _refuse_taken_port(address, int(number))
    _migrate(settings)
    _warn_of_root(settings)
    _hand_on(config, settings)
    run_server(address, int(number), workers=workers)


def _migrate(settings: Settings) -> None:
    schema = migrator(settings)
    with unreachable_is_told():
        schema.migrate()
        if schema.escapes_row_security():
            errors.print(
                "Warning: the database's role is a superuser or has BYPASSRLS. Take a plain one.", style="yellow"
            )


def _warn_of_root(settings: Settings) -> None:
    with suppress(StorageUnavailable):  # a Vault that is down is no reason not to start: /readyz tells of it
        if "root" in asyncio.run(vault_policies(settings)):
            errors.print("Warning: the Vault token is a root token. See: switchboard vault bootstrap", style="yellow")


def _hand_on(config: Path | None, settings: Settings) -> None:
    """Let the workers, which load the settings themselves, see what the options said."""
    os.environ[f"{PREFIX}BIND"] = settings.bind
    os.environ[f"{PREFIX}JOBS"] = str(settings.jobs).lower()
    if config is not None:
        os.environ[CONFIG_VARIABLE] = str(config)


def _refuse_taken_port(address: str, port: int) -> None:
    # The server binds with SO_REUSEPORT: a second one would start silently and take part of the first one's requests.
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            stop(f"Cannot listen on {address}:{port}: {error.strerror}. Choose another --port.", status=FAILED)


def _show(loaded: Loaded) -> None:
    table = Table("setting", "value", "from")
    for name, source in loaded.sources.items():
        value = getattr(loaded.settings, name)
        shown = "" if value in (None, Secret("")) else "(hidden)" if isinstance(value, Secret) else str(value)
        table.add_row(name, shown, source)
    errors.print(table)
