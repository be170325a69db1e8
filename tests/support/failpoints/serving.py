"""The service with failpoints, as a test holds it: a real server process with a worker."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import psutil

from adapters.embedded.errors import EmbeddedServerFailed
from domain.secret import Secret
from tests.support.failpoints.application import FOLDER_VARIABLE
from tests.support.failpoints.armed import Failpoints
from tests.support.served import Served, served_by
from tests.support.service import Reachable
from tests.support.vault import VaultMount

_REPOSITORY = Path(__file__).parents[3]
_COMMAND = (sys.executable, "-m", "tests.support.failpoints")


@attrs.frozen
class FailingService:
    """A server and its failpoints. A worker that kills itself is replaced by the server."""

    served: Served
    failpoints: Failpoints

    @property
    def service(self) -> Reachable:
        return self.served.service

    def go_on(self) -> None:
        """SIGCONT to what has stopped itself."""
        for process in psutil.Process(self.served.process.pid).children(recursive=True):
            process.send_signal(signal.SIGCONT)

    async def well_again(self) -> None:
        """Nothing is armed, held or stopped any more, and it is ready: started anew if it ended."""
        self.failpoints.disarm_all()
        if self.served.process.is_running():
            self.go_on()
        else:
            self.served.restart()
        try:
            await self.until_ready()
        except EmbeddedServerFailed:  # granian gives up where a worker dies again within seconds
            self.served.restart()
            await self.until_ready()

    async def until_ready(self) -> None:
        """Return when it is ready; meanwhile this loop goes on, as a network in it must."""
        await asyncio.to_thread(self.served.wait)


@contextmanager
def failing_service(dsn: Secret, vault: VaultMount, folder: Path, **settings: str) -> Iterator[FailingService]:
    """A service with failpoints on a database that has this version's schema: see ``until_ready``."""
    failpoints = Failpoints.create(folder / "failpoints")
    found_in = os.pathsep.join((str(_REPOSITORY), str(_REPOSITORY / "src")))
    environment = {FOLDER_VARIABLE: str(failpoints.folder), "PYTHONPATH": found_in}
    with served_by(_COMMAND, dsn, vault, folder, **environment, **settings) as served:
        running = FailingService(served, failpoints)
        try:
            yield running
        finally:
            if served.process.is_running():
                served.kill()  # to end in order it might need a network that stands still just now
