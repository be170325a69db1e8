"""Which process works off what is due: `switchboard serve`, or `switchboard worker` beside one with `--no-jobs`."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from adapters.embedded.processes import ChildProcess
from adapters.postgres.migrator import PostgresMigrator
from app.cli.subcommand import subcommand
from domain.secret import Secret
from tests.support.postgres import watching
from tests.support.served import Served, served
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import answered
from tests.support.vault import VaultMount, a_vault_mount

SECONDS = 30
EXPIRE = "UPDATE credentials SET expires_at = clock_timestamp()"


@pytest.fixture
async def mount(vault_server: VaultServer) -> AsyncIterator[VaultMount]:
    async with a_vault_mount(vault_server.address, vault_server.token) as mount:
        yield mount


@pytest.fixture
def dsn(postgres_server: PostgresServer) -> Iterator[Secret]:
    with postgres_server.database() as dsn:
        yield dsn


@contextmanager
def a_worker(environment: dict[str, str], log: Path) -> Iterator[ChildProcess]:
    process = ChildProcess.start(subcommand("worker"), name="switchboard worker", log=log, env=environment)
    try:
        yield process
    finally:
        process.stop()


async def expire_one(running: Served, dsn: Secret) -> None:
    async with running.service.caller() as caller:
        answered(await caller.post("credentials", {"name": "n", "type": "Raw", "data": {"raw": "YQ=="}}), 201)
    with psycopg.connect(watching(dsn), autocommit=True) as connection:
        connection.execute(EXPIRE)


def is_removed(dsn: Secret) -> bool:
    with psycopg.connect(watching(dsn)) as connection:
        return connection.execute("SELECT FROM credentials").fetchone() is None


def metrics(running: Served) -> str:
    return httpx.get(f"{running.service.public_url}/metrics").text


async def test_the_service_removes_what_is_due_itself(dsn: Secret, mount: VaultMount, tmp_path: Path) -> None:
    with served(dsn, mount, tmp_path) as running:
        await expire_one(running, dsn)
        await asyncio.to_thread(running.process.wait_until, lambda: is_removed(dsn), within_seconds=SECONDS)
        assert 'switchboard_job_lateness_seconds{job="credentials"}' in metrics(running)


async def test_without_jobs_it_leaves_that_to_a_worker_which_stops_well(
    dsn: Secret, mount: VaultMount, tmp_path: Path
) -> None:
    with served(dsn, mount, tmp_path, "--no-jobs") as running:
        await expire_one(running, dsn)
        assert "{job=" not in metrics(running)
        with a_worker(running.environment, tmp_path / "worker.log") as worker:
            await asyncio.to_thread(worker.wait_until, lambda: is_removed(dsn), within_seconds=SECONDS)
            os.kill(worker.pid, signal.SIGTERM)
            await asyncio.to_thread(worker.finish, within_seconds=SECONDS)


async def test_a_worker_does_not_begin_on_a_schema_that_is_behind(
    dsn: Secret, mount: VaultMount, tmp_path: Path
) -> None:
    with served(dsn, mount, tmp_path, "--no-jobs") as running:
        environment = running.environment
    with psycopg.connect(watching(dsn), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert PostgresMigrator(dsn).pending()
    log = tmp_path / "worker.log"
    with a_worker(environment, log) as worker, pytest.raises(Exception, match="status 1"):
        await asyncio.to_thread(worker.finish, within_seconds=SECONDS)
    assert "switchboard migrate" in log.read_text()
