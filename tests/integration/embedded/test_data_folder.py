"""What a data folder promises whoever keeps secrets in it."""

import os
import stat
from pathlib import Path

import pytest

from adapters.embedded.data_folder import in_use, kept_secret, private_folder, write_private
from adapters.embedded.errors import EmbeddedServerFailed


def test_a_folder_that_others_could_read_is_closed_and_its_parent_is_not_touched(tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    (parent / "data").mkdir(parents=True)
    parent.chmod(0o755)
    (parent / "data").chmod(0o755)

    folder = private_folder(parent / "data")

    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, parent)] == [0o700, 0o755]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(EmbeddedServerFailed, match="belongs to another user"):
        private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServerFailed, match="file/data cannot be made"):
        private_folder(tmp_path / "file" / "data")


def test_a_folder_is_used_by_one_at_a_time_and_free_afterwards(tmp_path: Path) -> None:
    refused = pytest.raises(EmbeddedServerFailed, match="is in use")
    with in_use(tmp_path, within_seconds=0), refused, in_use(tmp_path, within_seconds=0):
        pytest.fail("taken twice")
    with in_use(tmp_path, within_seconds=0):
        pass


def test_a_kept_secret_is_made_once_and_only_we_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first, second = kept_secret(path), kept_secret(path)
    assert first == second
    assert len(first.reveal()) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_an_interrupted_write_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file.new").write_text("half")
    write_private(tmp_path / "file", "whole")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "whole")]
