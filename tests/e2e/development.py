"""`switchboard dev` as a user has it: a command in a process of its own, and a ready file."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Any

import attrs
import httpx

from adapters.embedded.processes import ChildProcess
from tests.integration.embedded.servers import family

SWITCHBOARD = Path(sys.executable).with_name("switchboard")
_SECONDS_TO_START = 120
_SECONDS_TO_STOP = 60


@attrs.frozen
class Dev:
    """A started `switchboard dev`."""

    child: ChildProcess
    data_dir: Path
    ready_file: Path

    def ready(self) -> dict[str, Any]:
        """The ready file, once it is this run's: a killed one leaves its own behind."""
        self.child.wait_until(self._is_ready, within_seconds=_SECONDS_TO_START)
        return self._written()

    def _is_ready(self) -> bool:
        try:
            return self._written()["pids"]["service"] in self.family()
        except FileNotFoundError:
            return False

    def _written(self) -> dict[str, Any]:
        written: dict[str, Any] = json.loads(self.ready_file.read_text())
        return written

    def family(self) -> set[int]:
        """Its process and all that it started."""
        return family(self.child.pid)

    def kill(self, *numbers: Signals) -> None:
        for number in numbers:
            os.kill(self.child.pid, number)

    def status(self) -> int:
        """How it ended, once it has."""
        return self.child._process.wait(_SECONDS_TO_STOP)

    def stop(self) -> None:
        """As a shell's `kill` does it; for a test that is over."""
        self.child.stop(signal=SIGTERM, within_seconds=_SECONDS_TO_STOP)

    def output(self) -> str:
        assert self.child.log is not None
        return self.child.log.read_text()

    def logs(self) -> str:
        """All that its servers have written to their logs."""
        return "".join(log.read_text() for log in self.data_dir.rglob("*.log"))


def start_dev(folder: Path, *options: str) -> Dev:
    """Start it on the folder's data, on any port; it dies with us."""
    ready_file = folder / "ready.json"
    data_dir = folder / "data"
    child = start_switchboard(
        folder, "dev", "--port", "0", "--data-dir", str(data_dir), "--ready-file", str(ready_file), *options
    )
    return Dev(child, data_dir, ready_file)


def start_switchboard(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> ChildProcess:
    """A `switchboard` that does not see our settings, its output going to a log in the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SWITCHBOARD_", "VAULT_"))}
    command: list[str | Path] = [SWITCHBOARD, *arguments]
    return ChildProcess.start(command, name="switchboard", log=folder / "output.log", env={**kept, **(env or {})})


def ask(ready: Mapping[str, Any], path: str, *, key: str = "apiKey") -> dict[str, Any]:
    """The answer of the organisation's part of the API to one of the ready file's keys."""
    response = httpx.get(
        f"{ready['url']}/v1alpha1/organisations/{ready['organisationId']}/{path}",
        headers={"Authorization": f"Bearer {ready[key]}"},
        trust_env=False,
    )
    assert response.status_code == 200, (response.status_code, response.text)
    answer: dict[str, Any] = response.json()
    return answer
