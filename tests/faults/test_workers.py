"""Several worker processes of one service: killed under traffic, revoked in one and asked in all, counted together."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.provider import StrictProvider
from tests.support.served import Served, served
from tests.support.servers import PostgresServer
from tests.support.service import Setting, a_setting, answered
from tests.support.tls import TLS
from tests.support.vault import VaultMount
from tests.support.waiting import until


@pytest.fixture(scope="module")
async def running(
    postgres_server: PostgresServer, vault_mount: VaultMount, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    folder: Path = tmp_path_factory.mktemp("workers")
    with postgres_server.database() as dsn, served(dsn, vault_mount, folder, "--workers", "2") as running:
        await until(lambda: len(workers_of(running)) == 2)
        yield running


@pytest.fixture
async def relay(running: Served, provider: StrictProvider) -> AsyncIterator[Setting]:
    async with a_setting(running.service, provider, relay=True) as setting:
        yield setting


def workers_of(running: Served) -> list[psutil.Process]:
    """Those that serve: they listen."""
    return [child for child in psutil.Process(running.process.pid).children(recursive=True) if listens(child)]


def listens(process: psutil.Process) -> bool:
    try:
        return any(line.status == psutil.CONN_LISTEN for line in process.net_connections())
    except psutil.NoSuchProcess:
        return False


async def each_time_anew(relay: Setting, path: str) -> httpx.Response:
    """A request on a connection of its own: the kernel chooses the worker."""
    headers = {"Authorization": relay.caller.http.headers["Authorization"]}
    async with httpx.AsyncClient(base_url=relay.service.public_url, headers=headers, verify=TLS) as http:
        return await http.post(relay.caller.below(path))


async def tokens_issued(relay: Setting) -> float:
    """As /metrics says."""
    async with httpx.AsyncClient(base_url=relay.service.public_url, verify=TLS) as http:
        lines = (await http.get("/metrics")).text.splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith("switchboard_tokens_issued_total ")), 0.0)


async def test_a_worker_killed_under_traffic_is_replaced_and_the_service_goes_on(
    running: Served, relay: Setting
) -> None:
    connection = await relay.connection()
    token = answered(await relay.caller.token(connection))["access_token"]
    victim, other = workers_of(running)
    stopped, answers = asyncio.Event(), []

    async def ask() -> None:
        while not stopped.is_set():
            try:
                response = await each_time_anew(relay, f"connections/{connection}/token")
            except httpx.TransportError:  # its request was in the worker that was killed
                continue
            answers.append(answered(response)["access_token"])

    traffic = [asyncio.create_task(ask()) for _ in range(4)]
    await until(lambda: bool(answers))
    victim.kill()
    await until(lambda: victim not in (workers := workers_of(running)) and len(workers) == 2)
    before = len(answers)
    await until(lambda: len(answers) > before)
    stopped.set()
    await asyncio.gather(*traffic)
    assert set(answers) == {token}
    assert other in workers_of(running)


async def test_what_all_workers_count_is_told_by_any_and_outlives_one(running: Served, relay: Setting) -> None:
    connection = await relay.connection()
    before = await tokens_issued(relay)
    for _ in range(20):
        answered(await each_time_anew(relay, f"connections/{connection}/token"))
    assert {await tokens_issued(relay) for _ in range(10)} == {before + 20}
    # Not one that has just replaced another: a worker that dies at once again ends the service (ADR 0016).
    victim = min(workers_of(running), key=psutil.Process.create_time)
    victim.kill()
    await until(lambda: victim not in (workers := workers_of(running)) and len(workers) == 2)
    assert {await tokens_issued(relay) for _ in range(10)} == {before + 20}


async def test_c60_a_deleted_key_is_refused_by_every_worker(running: Served, relay: Setting) -> None:
    connection = await relay.connection()
    for _ in range(20):
        answered(await each_time_anew(relay, f"connections/{connection}/token"))
    async with running.service.http(running.service.admin_key.reveal()) as admin:
        keys = f"/v1alpha1/organisations/{relay.caller.organisation_id}/api-keys"
        [key] = answered(await admin.get(keys))["items"]
        answered(await admin.delete(f"{keys}/{key['id']}"))

    async def all_refuse() -> bool:
        answers = [await each_time_anew(relay, f"connections/{connection}/token") for _ in range(20)]
        return all(answer.status_code == httpx.codes.UNAUTHORIZED for answer in answers)

    await until(all_refuse)
