"""The server: granian's main process, whose children are the workers."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer, WorkerProcess

from app.server_process import METRICS_FOLDER_VARIABLE, NUMBER_VARIABLE

# Longer than the longest request: an exchange (20 s), a write that Vault does not take (20 s), and recording it.
_SECONDS_TO_FINISH = 75

# Connections that are open at once, idle ones too: at the server's own 1024 a few silent clients stop everybody.
_MOST_CONNECTIONS = 16_384
_MILLISECONDS_FOR_HEADERS = 10_000


class _NumberedServer(MPServer):
    """A granian that tells each worker its number."""

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> WorkerProcess:  # type: ignore[override]
        os.environ[NUMBER_VARIABLE] = str(idx + 1)  # what a new process inherits
        return super()._spawn_worker(idx, target, callback_loader)


def run_server(address: str, port: int, *, workers: int) -> None:
    """Serve until SIGTERM or SIGINT; a worker that dies is replaced, two deaths within seconds end all of it."""
    with _shared_metrics(workers):
        _NumberedServer(
            "app.asgi:serve_app",
            factory=True,
            address=address,
            port=port,
            interface=Interfaces.ASGI,
            workers=workers,
            respawn_failed_workers=True,
            workers_kill_timeout=_SECONDS_TO_FINISH,
            loop=Loops.uvloop,  # a request's way from granian's thread into the loop is a tenth cheaper than asyncio's
            websockets=False,
            backpressure=_MOST_CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=_MILLISECONDS_FOR_HEADERS),
            log_access=False,  # ours leaves the query out
            log_level=LogLevels.warning,
        ).serve()


@contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """A folder in which several workers count, each in files of its number: any of them can tell of all."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="switchboard-metrics-") as folder:
        os.environ[METRICS_FOLDER_VARIABLE] = folder
        yield
