"""The types hold what the style promises: a value that exists was judged."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests/typing"
IGNORE = "  # type: ignore[arg-type]"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of this run's own: other runs of mypy write to the tree's."""
    return tmp_path_factory.mktemp("mypy")


def mypy(path: Path, *, cache: Path) -> subprocess.CompletedProcess[str]:
    """Judge a file or folder as `make lint` does."""
    return subprocess.run(
        [sys.executable, "-m", "mypy", f"--cache-dir={cache}", "--config-file=pyproject.toml", path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_must_not_type_check_needs_its_ignores(cache: Path) -> None:
    judged = mypy(FOLDER, cache=cache)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_without_them_each_is_an_error(cache: Path, tmp_path: Path) -> None:
    lines = (FOLDER / "must_not_type_check.py").read_text().splitlines()
    copy = tmp_path / "without_ignores.py"
    copy.write_text("\n".join(line.removesuffix(IGNORE) for line in lines))
    judged = mypy(copy, cache=cache)
    refused = re.findall(r":(\d+): error: .*\[arg-type\]$", judged.stdout, flags=re.MULTILINE)
    assert [int(number) for number in refused] == [n for n, line in enumerate(lines, 1) if line.endswith(IGNORE)]
    assert f"Found {len(refused)} errors" in judged.stdout


def test_an_ignore_that_is_not_needed_is_an_error(cache: Path, tmp_path: Path) -> None:
    copy = tmp_path / "needless_ignore.py"
    copy.write_text(f"from domain.secret import Secret\n\nSECRET = Secret(''){IGNORE}\n")
    judged = mypy(copy, cache=cache)
    assert judged.returncode == 1
    assert "unused-ignore" in judged.stdout
