"""A real `switchboard serve`, killed and stopped: what a caller was told is true afterwards."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from adapters.postgres.migrator import PostgresMigrator
from tests.support.provider import StrictProvider
from tests.support.served import Served, served
from tests.support.servers import PostgresServer
from tests.support.service import Setting, a_setting, answered
from tests.support.vault import VaultMount


@pytest.fixture(scope="module")
def service_of_module(
    postgres_server: PostgresServer, vault_mount: VaultMount, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with postgres_server.database() as dsn, served(dsn, vault_mount, tmp_path_factory.mktemp("process")) as running:
        yield running


@pytest.fixture
def running(service_of_module: Served) -> Served:
    """The service, whatever the test before did to it."""
    if not service_of_module.process.is_running():
        service_of_module.start_again()
    return service_of_module


@pytest.fixture
async def relay(running: Served, provider: StrictProvider) -> AsyncIterator[Setting]:
    async with a_setting(running.service, provider, relay=True) as setting:
        yield setting


async def test_a_connection_that_was_answered_outlives_a_kill(running: Served, relay: Setting) -> None:
    connection = await relay.connection()
    token = answered(await relay.caller.token(connection))
    running.kill()
    running.start_again()
    assert answered(await relay.caller.token(connection))["access_token"] == token["access_token"]


async def test_c80_sigterm_during_the_exchange_lets_the_grant_reach_vault(running: Served, relay: Setting) -> None:
    await relay.script(hold_token=True)
    started, callback = await relay.relayed()
    request = asyncio.create_task(relay.caller.callback(callback))
    await relay.provider.until_held(relay.client_id)
    running.terminate()
    await relay.provider.release(relay.client_id)
    answered(await request, 201)
    running.process.finish(within_seconds=30)
    running.start_again()
    flow = await relay.caller.flow(started["flowId"])
    assert flow["status"] == "connected"
    answered(await relay.caller.token(flow["connectionId"]))


async def test_many_silent_clients_stop_nobody(running: Served) -> None:
    address = urlsplit(running.service.public_url)
    assert address.hostname is not None
    with ExitStack() as silent:
        for _ in range(1200):
            silent.enter_context(socket.create_connection((address.hostname, address.port or 80)))
        async with running.service.http(None) as http:
            assert (await http.get("/livez")).status_code == 200


async def test_a_killed_main_process_leaves_no_worker_behind(running: Served) -> None:
    main = psutil.Process(running.process.pid)
    workers = main.children(recursive=True)
    assert workers
    main.kill()
    gone, alive = await asyncio.to_thread(psutil.wait_procs, workers, timeout=30)
    assert (len(gone), alive) == (len(workers), [])


async def test_a_killed_worker_is_replaced(running: Served, relay: Setting) -> None:
    connection = await relay.connection()
    main = psutil.Process(running.process.pid)
    serving = [child for child in main.children(recursive=True) if child.net_connections()]
    for worker in serving:
        worker.kill()
    await asyncio.to_thread(psutil.wait_procs, serving, timeout=30)
    running.wait()
    answered(await relay.caller.token(connection))


async def test_two_services_on_one_database_start_at_once(
    postgres_server: PostgresServer, vault_mount: VaultMount, tmp_path: Path
) -> None:
    with postgres_server.database() as dsn:
        folders = [tmp_path / name for name in "ab"]
        for folder in folders:
            folder.mkdir()
        with served(dsn, vault_mount, folders[0]), served(dsn, vault_mount, folders[1]):
            assert not PostgresMigrator(dsn).pending()
