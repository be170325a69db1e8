"""Children that do not outlive us.

A child has a session of its own, so that a Ctrl-C at the terminal reaches us alone and we end it in order; and a signal
that the kernel sends it when its parent dies, however that dies. Linux sends it when the *thread* that started the
child ends: start children from the main thread, or from one that lives as long as they do.
"""

import ctypes
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from typing import Self

import attrs

from adapters.embedded.accounts import Account
from adapters.embedded.data_folder import new_log
from adapters.embedded.errors import EmbeddedServerFailed

# A server gets this and nothing of ours: VAULT_*, BAO_* and PG* would change what it does, and there are secrets.
SERVER_ENVIRONMENT: Mapping[str, str] = {"PATH": os.defpath, "LANG": "C.UTF-8"}

_LIBC = ctypes.CDLL(None, use_errno=True)  # loaded here: between fork and exec it would be too late
_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.02
_LOG_LINES_SHOWN = 12


@attrs.frozen(eq=False)
class ChildProcess:
    """A child that was started. ``stop`` it also if something else has killed it: that leaves no zombie."""

    name: str
    log: Path | None
    _process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls,
        command: Sequence[str | Path],
        *,
        name: str,
        log: Path | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        dies_with: Signals = SIGTERM,
        account: Account | None = None,
        pass_fds: Sequence[int] = (),
    ) -> Self:
        """Start the command, called ``name`` in messages, its output going to ``log`` (0600) or nowhere.

        When we die it is sent ``dies_with``. It gets our environment and folder unless told, and runs as us or as
        ``account``. Raises EmbeddedServerFailed if it cannot be executed.
        """
        output = subprocess.DEVNULL if log is None else new_log(log)
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                pass_fds=pass_fds,
                start_new_session=True,
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
                preexec_fn=_dies_with_parent(dies_with),  # noqa: PLW1509 - takes no lock; nothing else sets it before exec
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedServerFailed(f"{name} cannot be executed ({command[0]}): {error}.") from error
        finally:
            if log is not None:
                os.close(output)
        return cls(name=name, log=log, process=process)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def check_running(self) -> None:
        """Raises EmbeddedServerFailed, with the end of its log, if the child has ended."""
        if not self.is_running():
            raise self._failed(f"ended with status {self._process.returncode}")

    def wait_until(self, ready: Callable[[], bool], *, within_seconds: float) -> None:
        """Return when ``ready`` says so. Raises EmbeddedServerFailed if the child ends first, or at the deadline."""
        deadline = time.monotonic() + within_seconds
        while not ready():
            self.check_running()
            if time.monotonic() > deadline:
                raise self._failed(f"was not ready within {within_seconds:g} seconds")
            time.sleep(_POLL_SECONDS)

    def finish(self, *, within_seconds: float) -> None:
        """Return when the child has ended well. Raises EmbeddedServerFailed if it ends otherwise or not in time."""
        try:
            status = self._process.wait(within_seconds)
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"had not ended within {within_seconds:g} seconds") from error
        if status != 0:
            raise self._failed(f"ended with status {status}")

    def stop(self, *, signal: Signals = SIGTERM, within_seconds: float = 10) -> None:
        """Send the signal and wait; at the deadline kill its whole process group. Does nothing if it has ended."""
        self._process.send_signal(signal)
        try:
            self._process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, SIGKILL)  # not reaped yet, so the number is still its own
            self._process.wait()

    @contextmanager
    def killed_on_error(self) -> Iterator[None]:
        """Kill the child if what stands inside fails or is interrupted."""
        try:
            yield
        except BaseException:
            self.stop(signal=SIGKILL)
            raise

    def _failed(self, how: str) -> EmbeddedServerFailed:
        if self.log is None:
            return EmbeddedServerFailed(f"{self.name} {how}.")
        return EmbeddedServerFailed(f"{self.name} {how}. Its log, {self.log}, ends:\n{_last_lines(self.log)}")


def _dies_with_parent(signal: Signals) -> Callable[[], None]:
    if not hasattr(_LIBC, "prctl"):
        raise EmbeddedServerFailed(
            "The embedded servers need Linux. Elsewhere give `switchboard serve` servers of your own."
        )
    parent = os.getpid()

    def between_fork_and_exec() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return between_fork_and_exec


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_LOG_LINES_SHOWN:])
