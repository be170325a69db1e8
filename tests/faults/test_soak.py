"""Three real `switchboard serve`, of which one is killed each second under load: nothing is lost but in the window.

Some seconds of it in the gate; SOAK_MINUTES for as long as one likes (`make soak`).
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import pytest

from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import Pool, open_pool
from app.cli.subcommand import subcommand
from tests.faults.conditions import until
from tests.faults.load import Load, attempted, callers_at
from tests.faults.reckoning import Reckoning, reckon
from tests.support.postgres import behind
from tests.support.provider import StrictProvider, fingerprint
from tests.support.served import Served, served_by
from tests.support.servers import PostgresServer
from tests.support.service import a_setting
from tests.support.vault import VaultMount

SECONDS = 60 * float(os.environ.get("SOAK_MINUTES") or "0") or 8.0
_SECONDS_BETWEEN_KILLS = 1.0
_BUSY = 4


@attrs.frozen
class Cluster:
    replicas: list[Served]
    pool: Pool
    mount: VaultMount


@pytest.fixture
async def cluster(postgres_server: PostgresServer, vault_mount: VaultMount, tmp_path: Path) -> AsyncIterator[Cluster]:
    with ExitStack() as stack:
        dsn = stack.enter_context(postgres_server.database())
        PostgresMigrator(dsn).migrate()
        folders = [tmp_path / name for name in "abc"]
        for folder in folders:
            folder.mkdir()
        command = subcommand("serve")
        replicas = [stack.enter_context(served_by(command, dsn, vault_mount, folder)) for folder in folders]
        for replica in replicas:
            replica.wait()
        async with open_pool(dsn) as pool:
            yield Cluster(replicas, pool, vault_mount)


async def test_nothing_is_lost_though_processes_are_killed(cluster: Cluster, provider: StrictProvider) -> None:
    services = [replica.service for replica in cluster.replicas]
    async with (
        a_setting(services[0], provider, relay=True) as relay,
        callers_at(services, relay.caller) as callers,
    ):
        await relay.script(access_token_lifetime_seconds=1, forgives_repetition=True)
        load = Load(relay, callers)
        await _under_fire(cluster, load)
        await _settled(cluster, load)
        reckoning = await reckon(cluster, relay)
        reckoning.check()
        await _compare(load, reckoning)
        assert load.issued


async def _under_fire(cluster: Cluster, load: Load) -> None:
    """Load from all sides for the time of the test, and a kill each second."""
    deadline = time.monotonic() + SECONDS

    async def busy() -> None:
        while time.monotonic() < deadline:
            deed = random.choices([load.connect, load.ask, load.delete], weights=[3, 6, 1])[0]  # noqa: S311 - load
            await attempted(deed())

    async def kills() -> None:
        while time.monotonic() < deadline:
            await asyncio.sleep(_SECONDS_BETWEEN_KILLS)  # the pace is the test
            replica = random.choice(cluster.replicas)  # noqa: S311 - load
            replica.kill()
            replica.restart()

    await asyncio.gather(kills(), *(busy() for _ in range(_BUSY)))


async def _settled(cluster: Cluster, load: Load) -> None:
    """All is well again, deadlines are over, and everybody who got no answer asked again."""
    for replica in cluster.replicas:
        await asyncio.to_thread(replica.wait)
    async with behind(cluster.pool) as connection:
        await connection.execute("UPDATE flows SET overdue_at = clock_timestamp() WHERE overdue_at IS NOT NULL")
        await connection.execute("UPDATE connections SET updated_at = '-infinity' WHERE status = 'deleting'")
    for flow_id in load.callbacks:
        await attempted(load.call_back(flow_id))

    async def nothing_is_under_way() -> bool:
        async with behind(cluster.pool) as connection:
            rows = await connection.execute(_UNDER_WAY)
            return not await rows.fetchall()

    await until(nothing_is_under_way)


_UNDER_WAY = """
SELECT id FROM connections WHERE status = 'deleting'
UNION ALL SELECT attempt FROM sealed_grants WHERE set_aside IS NULL
"""


async def _compare(load: Load, reckoning: Reckoning) -> None:
    """Each grant is in Vault, or its flow or connection says that it is not to be had."""
    kept = {grant.grant_id for grant in reckoning.kept()}
    flow_of = {
        seen.grant_id: flow_id
        for flow_id, callback in load.callbacks.items()
        for seen in reckoning.ledger.token_requests
        if seen.code_sha256 == fingerprint(_code(callback))
    }
    for grant in reckoning.issued():
        if grant.grant_id not in kept:
            assert await _is_told(load, flow_of[grant.grant_id]), grant.grant_id


async def _is_told(load: Load, flow_id: str) -> bool:
    """Whether it is interrupted or failed, its connection is deleted, or has to be authorised again."""
    caller = load.callers[0]
    flow = await caller.flow(flow_id)
    if flow["status"] != "connected":
        return True
    if flow["connectionId"] in load.deleted:
        return True
    connection = (await caller.get(f"connections/{flow['connectionId']}")).json()
    return bool(connection.get("status") == "needs_reauthorization")


def _code(callback: str) -> str:
    return callback.partition("code=")[2].partition("&")[0]
