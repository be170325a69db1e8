"""``switchboard doctor --reconcile``: what is asked, told, and answered as a status."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

import rich_click as click

from app.cli.starting import FAILED, loaded_settings, stop, unreachable_is_told
from app.setting_up import reconciliation
from app.settings import Settings
from app.use_cases.reconcile_secrets import Difference, NotTheirRecords, RecordWithoutSecret, SecretWithoutRecord
from domain.ports import SecretKind, SecretPath

_NOT_THEIRS = (
    "Postgres has no organisation at all, and Vault has secrets: this is hardly the database that belongs to that "
    "mount. Check SWITCHBOARD_DATABASE_URL and SWITCHBOARD_VAULT_KV_MOUNT. Nothing was changed."
)


def reconcile(config: Path | None, *, apply: bool, as_json: bool) -> int:
    """Compare, tell each difference as it is found (as JSON: at the end), and answer the command's status."""
    settings = loaded_settings({}, config=config, needed={"database_url", "vault_addr", "vault_auth"}).settings
    with unreachable_is_told():
        try:
            found = asyncio.run(_found(settings, apply=apply, quietly=as_json))
        except NotTheirRecords:
            stop(_NOT_THEIRS, status=FAILED)
    return report(found, apply=apply, as_json=as_json)


def report(found: Sequence[Difference], *, apply: bool, as_json: bool) -> int:
    """Sum up what was found, or tell all of it as JSON; the command's status."""
    orphans = [difference for difference in found if isinstance(difference, SecretWithoutRecord)]
    bereft = [difference for difference in found if isinstance(difference, RecordWithoutSecret)]
    if as_json:
        click.echo(json.dumps(_document(orphans, bereft, apply=apply)))
    else:
        click.echo(_summary(orphans, bereft, apply=apply))
    return 0 if all(map(_is_mended, found)) else FAILED


async def _found(settings: Settings, *, apply: bool, quietly: bool) -> Sequence[Difference]:
    found = []
    async with reconciliation(settings) as compare, aclosing(compare(apply=apply)) as differences:
        async for difference in differences:
            if not quietly:
                click.echo(told(difference))
            found.append(difference)
    return found


def told(difference: Difference) -> str:
    """A line for it."""
    if isinstance(difference, RecordWithoutSecret):
        marked = "marked: " if difference.marked else ""
        return f"{marked}record without secret: {_words(difference.expected.path)}. {_mend(difference)}"
    kept = f"version {difference.kept.version}, created {difference.kept.created_at:%F %T}"
    done = "destroyed: " if difference.destroyed else ""
    return f"{done}secret without record: {_words(difference.path)} ({kept})"


def _is_mended(difference: Difference) -> bool:
    return difference.destroyed if isinstance(difference, SecretWithoutRecord) else difference.marked


def _mend(difference: RecordWithoutSecret) -> str:
    expected = difference.expected
    if expected.connection_id is not None:
        return f"Connection {expected.connection_id} has lost its grant: have its user connect again, or delete it."
    if expected.path.kind is SecretKind.APP:
        return "The app has lost its secrets: PUT it with them."
    return "The credential has lost its data: delete it and create it again."


def _summary(orphans: Sequence[SecretWithoutRecord], bereft: Sequence[RecordWithoutSecret], *, apply: bool) -> str:
    found = f"Secrets without records: {len(orphans)}. Records without secrets: {len(bereft)}."
    if not (orphans or bereft):
        return f"{found} Both stores agree."
    if not apply:
        return f"{found} Nothing was changed; run again with --apply to destroy the former and mark connections."
    return f"{found} Destroyed: {len(orphans)}. Marked: {sum(record.marked for record in bereft)}."


def _document(
    orphans: Sequence[SecretWithoutRecord], bereft: Sequence[RecordWithoutSecret], *, apply: bool
) -> Mapping[str, object]:
    return {
        "applied": apply,
        "secretsWithoutRecords": [
            {
                "path": _words(orphan.path),
                "version": orphan.kept.version,
                "createdAt": orphan.kept.created_at.isoformat(),
                "destroyed": orphan.destroyed,
            }
            for orphan in orphans
        ],
        "recordsWithoutSecrets": [
            {
                "path": _words(record.expected.path),
                "connectionId": record.expected.connection_id,
                "marked": record.marked,
                "words": _mend(record),
            }
            for record in bereft
        ],
    }


def _words(path: SecretPath) -> str:
    return f"{path.organisation_id}/{path.kind}/{path.id}"
