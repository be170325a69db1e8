"""Postgres's data: made once, whole or not at all.

Postgres gets its folder and its first password as open descriptors, by their names in /proc/self/fd. So a data folder
below a home of mode 0700 works for the user that Postgres runs as, stays where it was asked for, and no other folder's
mode is touched. The folder around it is ours alone, so the descriptor leads that user nowhere else.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.embedded.accounts import Account
from adapters.embedded.data_folder import sync_folder
from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.processes import SERVER_ENVIRONMENT, ChildProcess
from domain.secret import Secret

SUPERUSER = "postgres"

_SECONDS_TO_INITIALISE = 120


@contextmanager
def opened(cluster: Path) -> Iterator[int]:
    """The cluster's folder as a descriptor to pass on."""
    descriptor = os.open(cluster, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def by_descriptor(descriptor: int) -> str:
    """What an inherited descriptor is called in the child; following it asks nobody about the folders above."""
    return f"/proc/self/fd/{descriptor}"


def ensure_cluster(folder: Path, *, binaries: Path, account: Account | None, password: Secret, lock: int) -> Path:
    """The cluster in this folder, made if need be; one that was half made is made anew. Raises EmbeddedServerFailed."""
    cluster = folder / "cluster"
    if cluster.exists():
        return cluster
    new = folder / "cluster.new"
    if new.exists():
        shutil.rmtree(new)
    new.mkdir(mode=0o700)
    _give_to(new, account)
    with opened(new) as data, _in_memory(password) as password_file:
        _initdb(folder, binaries, account=account, data=data, password_file=password_file, lock=lock)
    new.rename(cluster)
    sync_folder(folder)
    return cluster


def forget_process_before(cluster: Path) -> None:
    """Remove the process number that a killed Postgres left: if another process has it now, Postgres would not start.

    Only under the data folder's lock, which is free when no process of it is left.
    """
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def is_ready(cluster: Path, *, pid: int) -> bool:
    """Whether this very process takes connections: the file's line 1 is its number, line 8 its state."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - line 8


def _initdb(folder: Path, binaries: Path, *, account: Account | None, data: int, password_file: int, lock: int) -> None:
    command: list[str | Path] = [
        binaries / "initdb",
        *("-D", by_descriptor(data)),
        *("-U", SUPERUSER),
        "--auth=scram-sha-256",
        f"--pwfile={by_descriptor(password_file)}",
        *("-E", "UTF8"),
        "--locale=C.UTF-8",
    ]
    initdb = ChildProcess.start(
        command,
        name="initdb",
        log=folder / "initdb.log",
        env=SERVER_ENVIRONMENT,
        cwd=Path("/"),
        account=account,
        pass_fds=[data, password_file, lock],
    )
    with initdb.killed_on_error():
        initdb.finish(within_seconds=_SECONDS_TO_INITIALISE)


def _give_to(folder: Path, account: Account | None) -> None:
    if account is None:
        return
    try:
        os.chown(folder, account.uid, account.gid)
    except OSError as error:
        raise EmbeddedServerFailed(
            f"{folder} cannot be given to the user {account.name}, as whom Postgres must run: {error.strerror}. "
            "Choose a data folder on another file system, or start as another user."
        ) from error


@contextmanager
def _in_memory(password: Secret) -> Iterator[int]:
    """A file with the password that has no name anywhere."""
    descriptor = os.memfd_create("password", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, password.reveal().encode())
        yield descriptor
    finally:
        os.close(descriptor)
