"""What a platform asks: whether the process lives, and whether it can work."""

import re

import httpx
from dependency_injector import providers

from domain.errors import StorageUnavailable
from tests.support.service import Service, answered


class Answering:
    """A Dependency that can be used, or says what to do."""

    def __init__(self, name: str, problem: str | None = None) -> None:
        self.name = name
        self._problem = problem

    async def check(self) -> None:
        if self._problem is not None:
            raise StorageUnavailable(self._problem)


async def test_a_process_that_answers_lives(stranger: httpx.AsyncClient) -> None:
    assert answered(await stranger.get("/livez")) == {"status": "ok"}


async def test_each_dependency_is_ready_by_name(stranger: httpx.AsyncClient) -> None:
    response = await stranger.get("/readyz")
    assert answered(response) == {"status": "ok", "dependencies": {"postgres": "ok", "vault": "ok"}}
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_dependency_that_is_away_is_named_with_what_to_do_and_the_process_lives(
    service: Service, stranger: httpx.AsyncClient
) -> None:
    dependencies = [Answering("postgres"), Answering("vault", "Vault is sealed. Unseal it.")]
    with service.container.checked.override(providers.Object(dependencies)):
        unready = await stranger.get("/readyz")
        alive = await stranger.get("/livez")
    assert answered(unready, 503) == {
        "status": "unavailable",
        "dependencies": {"postgres": "ok", "vault": "Vault is sealed. Unseal it."},
    }
    assert alive.status_code == 200


async def test_what_is_measured_is_answered_in_prometheus_text_format(stranger: httpx.AsyncClient) -> None:
    response = await stranger.get("/metrics")
    assert response.status_code == 200
    assert re.fullmatch(r"text/plain; version=[0-9.]+; charset=utf-8", response.headers["Content-Type"])
    assert "# TYPE switchboard_job_lateness_seconds gauge" in response.text
