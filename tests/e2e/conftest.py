from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.e2e.development import Dev, start_dev


class StartDev(Protocol):
    def __call__(self, folder: Path, *options: str) -> Dev: ...


@pytest.fixture
def start() -> Iterator[StartDev]:
    """``start_dev``; what it started is stopped at the test's end."""
    with ExitStack() as running:

        def started(folder: Path, *options: str) -> Dev:
            dev = start_dev(folder, *options)
            running.callback(dev.stop)
            return dev

        yield started


@pytest.fixture(scope="session")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a `switchboard dev` that was started and stopped; `first.json` is the ready file it had."""
    folder = tmp_path_factory.mktemp("used")
    dev = start_dev(folder)
    try:
        dev.ready()
        (folder / "first.json").write_bytes(dev.ready_file.read_bytes())
    finally:
        dev.stop()
    return folder
