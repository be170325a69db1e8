import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.containers.test_compose_file import ROOT, SECRETS


@pytest.fixture
def new_env(tmp_path: Path) -> Path:
    """The script in a repository of the test's own."""
    (tmp_path / "deploy").mkdir()
    return Path(shutil.copy(ROOT / "deploy/new-env", tmp_path / "deploy/new-env"))


def run(script: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([script], capture_output=True, text=True, check=False)


def test_it_writes_what_compose_asks_for_so_that_nobody_else_can_read_it(new_env: Path, tmp_path: Path) -> None:
    done = run(new_env)
    assert done.returncode == 0, done.stderr
    written = dict(line.split("=") for line in (tmp_path / ".env").read_text().splitlines())
    assert written.keys() == SECRETS
    assert len(set(written.values())) == len(SECRETS)
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in written.values())
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert not any(value in done.stdout + done.stderr for value in written.values())


def test_an_env_that_is_there_stays(new_env: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MINE=1\n")
    assert run(new_env).returncode != 0
    assert (tmp_path / ".env").read_text() == "MINE=1\n"
