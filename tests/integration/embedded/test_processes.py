"""A child says why it did not start, and ends when it is told to."""

import os
import stat
import sys
from pathlib import Path
from signal import SIGKILL

import pytest

from adapters.embedded.errors import EmbeddedServerFailed, EmbeddedServersMissing
from adapters.embedded.processes import ChildProcess
from adapters.embedded.wheels import wheel_folder
from tests.integration.embedded.servers import family, running, wait_for


def test_a_child_that_ends_before_it_is_ready_says_so_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    child = ChildProcess.start(["sh", "-c", "seq 100; echo no room >&2; exit 3"], name="The child", log=log)
    with pytest.raises(EmbeddedServerFailed) as failed, child.killed_on_error():
        child.wait_until(lambda: False, within_seconds=30)
    first, *shown = str(failed.value).splitlines()
    assert first == f"The child ended with status 3. Its log, {log}, ends:"
    assert shown[-2:] == ["  100", "  no room"]
    assert len(shown) == 12
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_child_that_is_not_ready_in_time_is_not_left_running() -> None:
    child = ChildProcess.start(["sleep", "60"], name="The child")
    with pytest.raises(EmbeddedServerFailed, match="was not ready within 0 seconds"), child.killed_on_error():
        child.wait_until(lambda: False, within_seconds=0)
    assert not child.is_running()


def test_a_child_that_does_not_heed_the_signal_is_killed_with_its_own_children(tmp_path: Path) -> None:
    deaf = "trap '' TERM; sleep 60 & touch ready; wait; sleep 60"
    child = ChildProcess.start(["sh", "-c", deaf], name="The child", cwd=tmp_path)
    child.wait_until((tmp_path / "ready").exists, within_seconds=30)
    processes = family(child.pid)
    assert len(processes) == 2

    child.stop(within_seconds=0)

    wait_for(lambda: not running(processes))


def test_a_child_that_something_else_killed_can_be_stopped_twice() -> None:
    child = ChildProcess.start(["sleep", "60"], name="The child")
    os.kill(child.pid, SIGKILL)
    child.stop()
    child.stop()
    assert not child.is_running()


def test_a_child_gets_the_environment_it_is_given_and_nothing_else(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    command = [sys.executable, "-c", "import os; print(sorted(os.environ))"]
    child = ChildProcess.start(command, name="The child", log=log, env={"LC_ALL": "C.UTF-8", "ONLY": "this"})
    child.finish(within_seconds=30)
    assert log.read_text() == "['LC_ALL', 'ONLY']\n"


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(EmbeddedServerFailed, match=r"The child cannot be executed \(/no/such/command\)"):
        ChildProcess.start(["/no/such/command"], name="The child")


def test_a_missing_wheel_says_what_to_install() -> None:
    with pytest.raises(EmbeddedServersMissing, match=r"pip install 'switchboard\[embedded\]'"):
        wheel_folder("a_wheel_that_nobody_has")
