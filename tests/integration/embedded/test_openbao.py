"""An OpenBao of our own: ready when start returns, and the same one again after whatever ended it."""

import os
import shutil
import socket
import stat
from pathlib import Path
from signal import SIGKILL

import pytest

from adapters.embedded.data_folder import in_use
from adapters.embedded.errors import EmbeddedServerFailed
from tests.integration.embedded.servers import StartOpenBao, keep, kept


@pytest.fixture
def copied_folder(openbao_folder: Path, tmp_path: Path) -> Path:
    """A copy of the used folder, to be spoilt."""
    return Path(shutil.copytree(openbao_folder, tmp_path / "openbao"))


def test_what_was_kept_is_there_after_a_stop_and_a_start_on_the_same_port(
    openbao_folder: Path, start_openbao: StartOpenBao
) -> None:
    first = start_openbao(openbao_folder)
    assert kept(first) == "before"
    first.stop()
    assert not first.process.is_running()

    second = start_openbao(openbao_folder, port=first.port)

    assert (second.address, second.root_token) == (first.address, first.root_token)
    assert kept(second) == "before"


def test_what_was_kept_is_there_after_the_server_was_killed(openbao_folder: Path, start_openbao: StartOpenBao) -> None:
    first = start_openbao(openbao_folder)
    keep(first, "before")
    os.kill(first.pid, SIGKILL)

    second = start_openbao(openbao_folder, port=first.port)

    assert kept(second) == "before"


def test_only_we_can_read_what_opens_it(openbao_folder: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in openbao_folder.iterdir() if path.is_file()}
    assert set(modes) == {"config.json", "keys.json", "lock", "openbao.log"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(openbao_folder.stat().st_mode) == 0o700


def test_its_log_holds_no_key(openbao_folder: Path, start_openbao: StartOpenBao) -> None:
    openbao = start_openbao(openbao_folder)
    assert openbao.root_token.reveal() in (openbao_folder / "keys.json").read_text()
    assert openbao.root_token.reveal() not in (openbao_folder / "openbao.log").read_text()


def test_an_initialisation_that_was_interrupted_before_its_keys_were_saved_begins_anew(
    copied_folder: Path, start_openbao: StartOpenBao
) -> None:
    (copied_folder / "keys.json").unlink()
    (copied_folder / "initialising").touch()

    openbao = start_openbao(copied_folder)

    keep(openbao, "after")
    assert kept(openbao) == "after"
    assert not (copied_folder / "initialising").exists()


def test_an_initialisation_that_was_interrupted_after_its_keys_were_saved_is_used(
    copied_folder: Path, start_openbao: StartOpenBao
) -> None:
    (copied_folder / "initialising").touch()

    openbao = start_openbao(copied_folder)

    assert kept(openbao) == "before"
    assert not (copied_folder / "initialising").exists()


def test_lost_keys_are_named_with_what_to_do_and_no_data_is_touched(
    copied_folder: Path, start_openbao: StartOpenBao
) -> None:
    keys = (copied_folder / "keys.json").read_text()
    (copied_folder / "keys.json").unlink()

    with pytest.raises(EmbeddedServerFailed, match=r"keys\.json.*delete the folder"):
        start_openbao(copied_folder)

    (copied_folder / "keys.json").write_text(keys)
    assert kept(start_openbao(copied_folder)) == "before"


def test_keys_are_not_overwritten_when_their_data_is_gone(copied_folder: Path, start_openbao: StartOpenBao) -> None:
    keys = (copied_folder / "keys.json").read_text()
    shutil.rmtree(copied_folder / "raft")

    with pytest.raises(EmbeddedServerFailed, match="whose data is gone"):
        start_openbao(copied_folder)

    assert (copied_folder / "keys.json").read_text() == keys


def test_its_folder_is_in_use_until_it_has_ended(openbao_folder: Path, start_openbao: StartOpenBao) -> None:
    openbao = start_openbao(openbao_folder)
    with pytest.raises(EmbeddedServerFailed, match="is in use"), in_use(openbao_folder, within_seconds=0):
        pytest.fail("taken from a running server")

    openbao.process.stop(signal=SIGKILL)

    with in_use(openbao_folder, within_seconds=0):
        pass


def test_a_port_that_is_taken_is_named(openbao_folder: Path, start_openbao: StartOpenBao) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedServerFailed, match=f"Port {port}"):
            start_openbao(openbao_folder, port=port)
