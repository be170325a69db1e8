"""Serve ``application.serve_app`` as ``switchboard serve`` serves its own."""

import multiprocessing
import os
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from app.settings import PREFIX
from tests.support.failpoints import application


class _PatientServer(MPServer):
    """Replaces workers that die one soon after the other, as tests have them do; granian's own gives up after two."""

    def _respawn_workers(self, *args: Any, **kwargs: Any) -> None:
        super()._respawn_workers(*args, **kwargs)
        self.respawned_wrks.clear()


def main() -> None:
    address, _, port = os.environ[f"{PREFIX}BIND"].rpartition(":")
    multiprocessing.set_start_method("fork")  # a worker that replaces another has the application imported
    _PatientServer(
        f"{application.__name__}:{application.serve_app.__name__}",
        factory=True,
        address=address,
        port=int(port),
        interface=Interfaces.ASGI,
        workers=1,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=30,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
