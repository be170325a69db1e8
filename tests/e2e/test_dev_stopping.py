"""However it stops, nothing is left running, and the next start goes on."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM
from typing import Any

import pytest

from tests.e2e.conftest import StartDev
from tests.e2e.development import ask
from tests.integration.embedded.servers import running, wait_for

_KEPT = ("url", "organisationId", "apiKey", "adminKey", "demoAppId", "providerUrl")


def first_ready(used: Path) -> dict[str, Any]:
    ready: dict[str, Any] = json.loads((used / "first.json").read_text())
    return ready


def kept(ready: dict[str, Any]) -> dict[str, Any]:
    return {name: ready[name] for name in _KEPT}


def kill(pids: Iterable[int]) -> None:
    for pid in running(pids):
        with suppress(ProcessLookupError):  # it died with the one before
            os.kill(pid, SIGKILL)


def test_told_to_stop_twice_it_stops_everything_in_order_and_the_next_start_goes_on(
    used: Path, start: StartDev
) -> None:
    dev = start(used)
    assert kept(dev.ready()) == kept(first_ready(used))
    processes = dev.family() | set(dev.ready()["pids"].values())
    assert len(running(processes)) > 5

    dev.kill(SIGTERM, SIGINT, SIGTERM)

    assert dev.status() == 0
    assert running(processes) == set()
    assert not dev.ready_file.exists()
    assert "Everything is stopped" in dev.output()


def test_after_everything_was_killed_the_next_start_goes_on_with_the_same_keys_and_data(
    used: Path, start: StartDev
) -> None:
    dev = start(used)
    before = dev.ready()
    apps = ask(before, "apps")
    processes = dev.family()
    kill(processes)
    wait_for(lambda: not running(processes))

    after = start(used).ready()

    assert kept(after) == kept(before)
    assert set(after["pids"].values()).isdisjoint(before["pids"].values())
    assert ask(after, "apps") == apps


def test_when_it_alone_is_killed_nothing_is_left_running(used: Path, start: StartDev) -> None:
    dev = start(used)
    dev.ready()
    processes = dev.family()
    dev.kill(SIGKILL)
    wait_for(lambda: not running(processes))


def test_told_to_stop_while_it_starts_it_leaves_nothing_running(used: Path, start: StartDev) -> None:
    dev = start(used)
    wait_for(lambda: len(dev.family()) > 1)
    processes = dev.family()
    dev.kill(SIGINT)
    assert dev.status() == 0
    assert running(processes) == set()
    assert not dev.ready_file.exists()


@pytest.mark.parametrize(("name", "called"), [("service", "The service"), ("vault", "OpenBao")])
def test_when_one_of_its_servers_dies_it_says_which_and_stops_the_others(
    used: Path, start: StartDev, name: str, called: str
) -> None:
    dev = start(used)
    pid = dev.ready()["pids"][name]
    processes = dev.family()

    kill([pid])

    assert dev.status() == 1
    wait_for(lambda: not running(processes))
    assert not dev.ready_file.exists()
    assert f"{called} ended with status -9" in " ".join(dev.output().split())


def test_keys_that_are_no_longer_taken_are_replaced(used: Path, start: StartDev) -> None:
    files = [used / "data" / name for name in ("api-key", "service-vault-token", "inspector-vault-token")]
    originals = [file.read_text() for file in files]
    for file in files:
        file.write_text("of-other-servers")
    try:
        ready = start(used).ready()
        assert [ready["apiKey"], ready["vaultToken"]] == [files[0].read_text(), files[2].read_text()]
        assert ask(ready, "apps")["totalCount"] == 1
        assert "of-other-servers" not in [file.read_text() for file in files]
    finally:
        for file, original in zip(files, originals, strict=True):
            file.write_text(original)


def test_without_a_demo_provider_there_is_no_app_and_quiet_prints_no_key(used: Path, start: StartDev) -> None:
    dev = start(used, "--no-demo-provider", "--quiet")
    ready = dev.ready()
    assert set(first_ready(used)) - set(ready) == {"demoAppId", "providerUrl"}
    assert set(ready["pids"]) == {"service", "vault", "postgres"}
    assert ask(ready, "apps")["totalCount"] == 1
    assert ready["apiKey"] not in dev.output()
