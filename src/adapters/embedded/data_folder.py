"""A server's data folder: ours alone (0700), in use by one server at a time, with what opens it inside (0600).

The lock is a file that the server inherits open. It is free when the last process of the server has ended, not when
somebody says so: a server whose parent was killed is waited for, and a second one on the same data cannot start.
"""

import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.embedded.errors import EmbeddedServerFailed
from domain.secret import Secret

_POLL_SECONDS = 0.02
_ONLY_US = 0o600


def private_folder(path: Path) -> Path:
    """Make the folder, or take the one that is there, mode 0700; its parents are left as they are.

    Raises EmbeddedServerFailed if it belongs to somebody else or cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedServerFailed(f"The data folder {path} cannot be made: {error.strerror}.") from error
    status = path.stat()
    if status.st_uid != os.geteuid():
        raise EmbeddedServerFailed(f"The data folder {path} belongs to another user. Choose one of your own.")
    if stat.S_IMODE(status.st_mode) & 0o077:
        path.chmod(0o700)
    return path.resolve()


@contextmanager
def in_use(folder: Path, *, within_seconds: float = 15) -> Iterator[int]:
    """Hold the folder's lock, and give its descriptor for the server to inherit.

    Ours is only closed, never unlocked: unlocking would take the lock from the server too.
    Raises EmbeddedServerFailed if another still holds it at the deadline.
    """
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _ONLY_US)
    try:
        _take(lock, folder, deadline=time.monotonic() + within_seconds)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, folder: Path, *, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(
                    f"{folder} is in use: stop the other `switchboard dev`, or choose another data folder."
                ) from error
            time.sleep(_POLL_SECONDS)
        else:
            return


def kept_secret(path: Path) -> Secret:
    """The secret in this file, 0600; made of 256 random bits when there is none yet."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return Secret(path.read_text().strip())


def write_private(path: Path, text: str) -> None:
    """Write the whole file or none of it, 0600, and return when it is on the disk."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_US), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Return when the names in the folder, after a rename, are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def new_log(path: Path) -> int:
    """A descriptor to write this run's log to, 0600. The log of the run before is dropped: it cannot grow for ever."""
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, _ONLY_US)
