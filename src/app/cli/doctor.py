"""``switchboard doctor``."""

import asyncio
import json
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

import httpx
import rich_click as click

from app.cli.reconciling import reconcile
from app.cli.starting import FAILED, UNREACHABLE, config_option, loaded_settings
from app.setting_up import examiners
from app.settings import Settings
from domain.examination import Finding, State, worst

_STATUS = {State.OK: 0, State.ADVICE: 0, State.WRONG: FAILED, State.UNREACHABLE: UNREACHABLE}
_SECONDS = 5


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option(
    "--reconcile", "reconciles", is_flag=True, help="Compare the secrets in Vault with the records in Postgres."
)
@click.option(
    "--apply",
    is_flag=True,
    help="With --reconcile: destroy the secrets that have no record, and mark connections that lost theirs.",
)
def doctor(config: Path | None, *, as_json: bool, reconciles: bool, apply: bool) -> None:
    """Look at Postgres, Vault, their clocks and the public URL as the service would use them, and say how to mend each.

    Runs under the service's own settings and token; what it writes to see whether it may, it removes. Exits with 0 when
    all is well (advice may be given), 1 where something is wrong, 3 where something cannot be reached.

    With `--reconcile` it looks for secrets without records and records without secrets instead, under an operator's
    token (vault/policies/operator.hcl). Nothing is changed without `--apply`. Exits with 0 where nothing is left to
    mend, else 1.

    Example: `switchboard doctor --config /etc/switchboard.toml`

    Example: `SWITCHBOARD_VAULT_TOKEN=… switchboard doctor --reconcile --apply`
    """
    if apply and not reconciles:
        raise click.UsageError("--apply needs --reconcile")
    if reconciles:
        raise SystemExit(reconcile(config, apply=apply, as_json=as_json))
    settings = loaded_settings({}, config=config).settings
    findings = asyncio.run(_examine(settings))
    if as_json:
        click.echo(json.dumps({"findings": [_document(finding) for finding in findings]}))
    else:
        for finding in findings:
            click.echo(f"{finding.state:<12}{finding.about}: {finding.words}")
    raise SystemExit(_STATUS[worst(findings)])


async def _examine(settings: Settings) -> Sequence[Finding]:
    async with examiners(settings) as all_of_them:
        found = await asyncio.gather(*(examiner.examine() for examiner in all_of_them))
    return [*(finding for findings in found for finding in findings), await _public_url(settings.public_url)]


async def _public_url(url: str) -> Finding:
    """Whether we answer there. No more than advice where nobody does: the doctor may come before the service."""
    about = "public URL"
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            answer = await client.get(f"{url}/livez")
    except httpx.TransportError as error:
        words = f"{url} does not answer ({type(error).__name__}). Once the service runs, browsers must find it there."
        return Finding(about, State.ADVICE, words)
    if answer.status_code != HTTPStatus.OK:
        words = f"{url}/livez answers {answer.status_code}. Have SWITCHBOARD_PUBLIC_URL lead to the service."
        return Finding(about, State.WRONG, words)
    return Finding(about, State.OK, f"{url} leads to the service; callback addresses are built from it")


def _document(finding: Finding) -> dict[str, str]:
    return {"about": finding.about, "state": finding.state, "words": finding.words}
