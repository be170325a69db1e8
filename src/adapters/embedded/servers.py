"""The embedded servers as ``switchboard dev`` has them: one of each, on one data folder."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL

import attrs

from adapters.embedded.data_folder import in_use, kept_secret, private_folder, write_private
from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.openbao import EmbeddedOpenBao
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.processes import ChildProcess
from adapters.embedded.provider import DemoProvider
from adapters.embedded.tcp_ports import given_or_free_port
from domain.ports.local_servers import LocalDatabase, LocalProvider, LocalVault, Servers
from domain.secret import Secret

_DATABASE = "switchboard"
_POLL_SECONDS = 0.05


@attrs.frozen(eq=False)
class EmbeddedProgram:
    """A child with its own way to end."""

    _child: ChildProcess
    stop: Callable[[], None]

    @property
    def pid(self) -> int:
        return self._child.pid

    def check_running(self) -> None:
        self._child.check_running()

    def wait_until(self, ready: Callable[[], bool], *, within_seconds: float) -> None:
        self._child.wait_until(ready, within_seconds=within_seconds)


@attrs.frozen
class EmbeddedServers(Servers):
    folder: Path

    def kept(self, name: str) -> Secret | None:
        path = self.folder / name
        return Secret(path.read_text().strip()) if path.exists() else None

    def keep(self, name: str, value: Secret) -> None:
        write_private(self.folder / name, value.reveal())

    def own_key(self, name: str) -> Secret:
        return kept_secret(self.folder / name)

    def port(self, number: int, *, within_seconds: float = 0) -> int:
        deadline = time.monotonic() + within_seconds
        while True:
            try:
                return given_or_free_port(number)
            except EmbeddedServerFailed:
                if time.monotonic() > deadline:
                    raise
            time.sleep(_POLL_SECONDS)

    def start_vault(self) -> LocalVault:
        openbao = EmbeddedOpenBao.start(self.folder / "openbao")
        return LocalVault(openbao.address, openbao.root_token, EmbeddedProgram(openbao.process, openbao.stop))

    def start_database(self) -> LocalDatabase:
        password = kept_secret(self.folder / "database-password")
        postgres = EmbeddedPostgres.start(self.folder / "postgres")
        with postgres.process.killed_on_error():
            postgres.create_role(_DATABASE, password)
            postgres.create_database(_DATABASE, owner=_DATABASE)
        dsn = postgres.dsn_of(_DATABASE, role=_DATABASE, password=password)
        superuser_dsn = postgres.superuser_dsn_of(_DATABASE)
        return LocalDatabase(dsn, superuser_dsn, EmbeddedProgram(postgres.process, postgres.stop))

    def start_provider(self, *, port: int, token_max_age_seconds: int) -> LocalProvider:
        provider = DemoProvider.start(port=port, token_max_age_seconds=token_max_age_seconds)
        return LocalProvider(provider.address, EmbeddedProgram(provider.process, provider.stop))

    def start_program(
        self, command: Sequence[str], *, name: str, log: str, env: Mapping[str, str], seconds_to_stop: float
    ) -> EmbeddedProgram:
        child = ChildProcess.start(command, name=name, log=self.folder / log, env=env, dies_with=SIGKILL)
        return EmbeddedProgram(child, lambda: child.stop(within_seconds=seconds_to_stop))


@contextmanager
def open_embedded_servers(data_dir: Path) -> Iterator[EmbeddedServers]:
    """The servers of this folder, which is made if need be. Raises EmbeddedServerFailed if another has it open.

    Only our lock is asked here, which is free as soon as its holder is dead; each server has one of its own, and on
    starting waits for what is still ending.
    """
    folder = private_folder(data_dir)
    with in_use(folder, within_seconds=1):
        (folder / ".gitignore").write_text("*\n")  # keys are in there, and it is often made inside of a repository
        yield EmbeddedServers(folder)
