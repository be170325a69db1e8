"""``switchboard vault``."""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

import rich_click as click

from app.cli.starting import config_option, loaded_settings, unreachable_is_told
from app.setting_up import vault_setup
from app.settings import Settings


@click.group()
def vault() -> None:
    """Set Vault or OpenBao up for Switchboard.

    Example: `VAULT_ADDR=https://vault:8200 VAULT_TOKEN=… switchboard vault bootstrap --dry-run`
    """


@vault.command()
@config_option
@click.option("--dry-run", is_flag=True, help="Say what would be changed, and change nothing.")
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also make a token with the service's policy alone, and write it there (mode 0600).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
def bootstrap(config: Path | None, *, dry_run: bool, token_file: Path | None, as_json: bool) -> None:
    """Mount KV version 2 with one version kept and check-and-set required, and transit with a key that stays in Vault;
    write the service's policy.

    Runs under an operator's token (VAULT_TOKEN), and changes nothing that is right already.

    Example: `VAULT_ADDR=https://vault:8200 VAULT_TOKEN=… switchboard vault bootstrap --dry-run`
    """
    settings = loaded_settings({}, config=config, needed={"vault_addr", "vault_auth"}).settings
    with unreachable_is_told():
        changes = asyncio.run(_bootstrap(settings, dry_run=dry_run, token_file=token_file))
    if as_json:
        click.echo(json.dumps({"dryRun": dry_run, "changes": list(changes)}))
        return
    for change in changes:
        click.echo(f"{'would ' if dry_run else 'did: '}{change}")
    if not changes:
        click.echo("Nothing to change.")


async def _bootstrap(settings: Settings, *, dry_run: bool, token_file: Path | None) -> Sequence[str]:
    async with vault_setup(settings) as setup:
        changes = await setup.bootstrap(dry_run=dry_run)
        if token_file is not None and not dry_run:
            _write_private(token_file, (await setup.service_token()).reveal())
        return changes


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
