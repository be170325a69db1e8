"""Serve ``application.serve_app`` as ``switchboard serve`` serves its own."""

import os

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from app.settings import PREFIX


def main() -> None:
    address, _, port = os.environ[f"{PREFIX}BIND"].rpartition(":")
    Granian(
        "tests.support.failpoints.application:serve_app",
        factory=True,
        address=address,
        port=int(port),
        interface=Interfaces.ASGI,
        workers=1,
        respawn_failed_workers=True,
        respawn_interval=0.1,  # workers die here as tests will, one soon after the other
        workers_kill_timeout=30,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
