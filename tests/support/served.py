"""`switchboard serve` as a process of its own, on the servers of the run."""

import os
import secrets
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
import httpx
import psutil

from adapters.embedded.processes import ChildProcess
from adapters.embedded.tcp_ports import free_port
from app.cli.subcommand import subcommand
from domain.secret import Secret
from tests.support.service import Reachable
from tests.support.tls import TLS
from tests.support.vault import VaultMount

_SECONDS = 90


@attrs.define
class Served:
    """A service at an address, which can be killed and started again on the same data."""

    service: Reachable
    log: Path
    environment: dict[str, str]
    process: ChildProcess
    command: Sequence[str]

    def kill(self) -> None:
        """SIGKILL to main process and workers, as a machine does that loses power."""
        for process in (*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(self.process.pid)):
            process.kill()
        self.process.stop(signal=signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM, and go on at once."""
        os.kill(self.process.pid, signal.SIGTERM)

    def start_again(self) -> None:
        self.restart()
        self.wait()

    def restart(self) -> None:
        """Start it again, and go on at once."""
        self.process = _start(self.command, self.environment, self.log)

    def output(self) -> str:
        return self.log.read_text()

    def wait(self) -> None:
        """Return when it is ready."""
        with httpx.Client(base_url=self.service.public_url, verify=TLS) as http:
            self.process.wait_until(lambda: _is_ready(http), within_seconds=_SECONDS)

    def is_ready(self) -> bool:
        """Whether it is, now."""
        with httpx.Client(base_url=self.service.public_url, verify=TLS, timeout=1) as http:
            return _is_ready(http)


def _is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@contextmanager
def served(dsn: Secret, vault: VaultMount, folder: Path, *options: str, **settings: str) -> Iterator[Served]:
    """A running `switchboard serve` with these options, ready."""
    with served_by(subcommand("serve", *options), dsn, vault, folder, **settings) as running:
        running.wait()
        yield running


@contextmanager
def served_by(
    command: Sequence[str], dsn: Secret, vault: VaultMount, folder: Path, **settings: str
) -> Iterator[Served]:
    """What this command serves, perhaps not ready yet."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    admin_key = Secret(secrets.token_urlsafe(32))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SWITCHBOARD_", "VAULT_"))}
    environment = inherited | {
        "SWITCHBOARD_PUBLIC_URL": url,
        "SWITCHBOARD_BIND": f"127.0.0.1:{port}",
        "SWITCHBOARD_DATABASE_URL": dsn.reveal(),
        "SWITCHBOARD_VAULT_ADDR": vault.address,
        "SWITCHBOARD_VAULT_TOKEN": vault.service_token.reveal(),
        "SWITCHBOARD_VAULT_KV_MOUNT": vault.mount,
        "SWITCHBOARD_VAULT_TRANSIT_MOUNT": vault.transit_mount,
        "SWITCHBOARD_BOOTSTRAP_ADMIN_KEY": admin_key.reveal(),
        "SWITCHBOARD_ALLOW_INSECURE_PROVIDERS": "true",
        **settings,
    }
    log = folder / "serve.log"
    process = _start(command, environment, log)
    running = Served(Reachable(url, admin_key, None), log, environment, process, command)
    try:
        yield running
    finally:
        running.process.stop(signal=signal.SIGTERM)


def _start(command: Sequence[str], environment: dict[str, str], log: Path) -> ChildProcess:
    return ChildProcess.start(command, name="the service", log=log, env=environment)
