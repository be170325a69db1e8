from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest

from adapters.embedded.openbao import EmbeddedOpenBao
from adapters.embedded.postgres import EmbeddedPostgres
from tests.integration.embedded.servers import StartOpenBao, StartPostgres, keep


@pytest.fixture(scope="session")
def openbao_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an OpenBao that was used and stopped: `before` is kept in it."""
    folder = tmp_path_factory.mktemp("openbao")
    openbao = EmbeddedOpenBao.start(folder)
    try:
        keep(openbao, "before")
    finally:
        openbao.stop()
    return folder


@pytest.fixture
def start_openbao() -> Iterator[StartOpenBao]:
    """EmbeddedOpenBao.start; what it started is killed at the test's end."""
    started: list[EmbeddedOpenBao] = []

    def start(folder: Path, *, port: int = 0) -> EmbeddedOpenBao:
        started.append(EmbeddedOpenBao.start(folder, port=port))
        return started[-1]

    yield start
    for openbao in started:
        openbao.process.stop(signal=SIGKILL)


@pytest.fixture(scope="session")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Postgres that was used and stopped: the database `before` is in it."""
    folder = tmp_path_factory.mktemp("postgres")
    postgres = EmbeddedPostgres.start(folder)
    try:
        postgres.create_database("before")
    finally:
        postgres.stop()
    return folder


@pytest.fixture
def start_postgres() -> Iterator[StartPostgres]:
    """EmbeddedPostgres.start; what it started is stopped at the test's end."""
    started: list[EmbeddedPostgres] = []

    def start(folder: Path, *, port: int = 0) -> EmbeddedPostgres:
        started.append(EmbeddedPostgres.start(folder, port=port))
        return started[-1]

    yield start
    for postgres in started:
        postgres.stop()
