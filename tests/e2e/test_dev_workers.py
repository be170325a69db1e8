"""`switchboard dev --workers 2`: the workers are children of the one process that the ready file names."""

from pathlib import Path

import psutil

from tests.e2e.conftest import StartDev
from tests.e2e.development import ask
from tests.support.waiting import until


async def test_as_many_workers_as_wanted_serve_below_the_service(tmp_path: Path, start: StartDev) -> None:
    ready = start(tmp_path, "--workers", "2", "--no-demo-provider").ready()
    service = psutil.Process(ready["pids"]["service"])
    await until(lambda: len(listening(service)) == 2)
    assert ask(ready, "apps")["totalCount"] == 0


def listening(service: psutil.Process) -> list[psutil.Process]:
    return [
        child for child in service.children() if any(c.status == psutil.CONN_LISTEN for c in child.net_connections())
    ]
