"""Who asks for containers and cannot have them has a failed run, and is told why: nothing is skipped."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from adapters.embedded.tcp_ports import free_port
from domain.secret import Secret
from tests.integration.containers.engine import an_engine_without_images
from tests.support.containers import postgres_container, vault_container
from tests.support.servers import a_postgres_server, a_vault_server


@pytest.fixture
def engine_without_images(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with an_engine_without_images() as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        yield


def how_it_ends(container: AbstractContextManager[object]) -> str:
    with pytest.raises(pytest.exit.Exception) as ended, container:
        pass
    assert ended.value.returncode == 1
    return str(ended.value)


@pytest.mark.parametrize("server", [a_postgres_server, a_vault_server])
def test_without_an_engine_the_run_ends(
    server: Callable[[Path], AbstractContextManager[object]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for named in ("SWITCHBOARD_TEST_POSTGRES_DSN", "SWITCHBOARD_TEST_VAULT_ADDR"):
        monkeypatch.delenv(named, raising=False)
    monkeypatch.setenv("SWITCHBOARD_TEST_SERVERS", "containers")
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{free_port()}")
    said = how_it_ends(server(tmp_path))
    assert "no container engine answers" in said
    assert "DOCKER_HOST" in said


@pytest.mark.usefixtures("engine_without_images")
def test_without_an_image_for_postgres_the_run_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_TEST_POSTGRES_IMAGE", "nowhere/postgres:1")
    said = how_it_ends(postgres_container())
    assert "nowhere/postgres:1 cannot be pulled or started: pull access denied" in said
    assert "SWITCHBOARD_TEST_POSTGRES_IMAGE" in said


@pytest.mark.usefixtures("engine_without_images")
def test_without_an_image_for_vault_the_run_ends_and_tells_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_TEST_VAULT_IMAGE", "nowhere/vault:1")
    said = how_it_ends(vault_container(Secret("the-root-token")))
    assert "nowhere/vault:1 cannot be pulled or started" in said
    assert "the-root-token" not in said
