"""Three real `switchboard serve`, one killed each second that another serves: nothing is lost but in the window.

Some seconds of it in the gate; SOAK_MINUTES for as long as one likes (`make soak`).
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import pytest

from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import Pool, open_pool
from app.cli.subcommand import subcommand
from tests.faults.load import Load, attempted, callers_at
from tests.faults.reckoning import reckon
from tests.faults.settling import HONEST, let_deadlines_pass, settle, told_of
from tests.support.provider import StrictProvider
from tests.support.served import Served, served_by
from tests.support.servers import PostgresServer
from tests.support.service import a_setting
from tests.support.vault import VaultMount

SECONDS = 60 * float(os.environ.get("SOAK_MINUTES") or "0") or 8.0
_SECONDS_BETWEEN_KILLS = 1.0
_KILLS_BETWEEN_WORDS = 10
_LEAST_READY = 2
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
        kills = await _under_fire(cluster, load)
        at_once = await reckon(cluster, relay)
        await _back_up(cluster)
        await relay.script(access_token_lifetime_seconds=3600)
        await settle(load, cluster.pool)
        reckoning = await reckon(cluster, relay)
        account = await told_of(load, reckoning)
        tell(
            f"{kills} kills; {load.told()}; {reckoning.refreshes()} refreshes; of {len(reckoning.issued())} grants "
            f"{len(reckoning.kept())} kept ({len(at_once.kept())} before anybody asked again), others {account}"
        )
        reckoning.check()
        assert set(account) <= HONEST, account
        assert load.issued


async def _under_fire(cluster: Cluster, load: Load) -> int:
    """Load from all sides for that time, and a kill each second that two serve; how many. All die at last."""
    began = time.monotonic()
    kills = 0

    async def busy() -> None:
        while time.monotonic() < began + SECONDS:
            deed = random.choices([load.connect, load.ask, load.delete], weights=[3, 6, 1])[0]  # noqa: S311 - load
            await attempted(deed())

    async def killing() -> None:
        nonlocal kills
        while time.monotonic() < began + SECONDS:
            await asyncio.sleep(_SECONDS_BETWEEN_KILLS)  # the pace is the test
            ready = [replica for replica in cluster.replicas if await asyncio.to_thread(replica.is_ready)]
            if len(ready) < _LEAST_READY:  # a start takes longer than a second: soon nobody would serve
                continue
            replica = random.choice(ready)  # noqa: S311 - load
            replica.kill()
            replica.restart()
            kills += 1
            if kills % _KILLS_BETWEEN_WORDS == 0:
                tell(f"{time.monotonic() - began:.0f} s: {kills} kills, {load.told()}")

    await asyncio.gather(killing(), *(busy() for _ in range(_BUSY)))
    for replica in cluster.replicas:
        replica.kill()
    return kills + len(cluster.replicas)


async def _back_up(cluster: Cluster) -> None:
    """All replicas again; what the dead held is nobody's."""
    await let_deadlines_pass(cluster.pool)
    for replica in cluster.replicas:
        replica.restart()
    for replica in cluster.replicas:
        await asyncio.to_thread(replica.wait)


def tell(words: str) -> None:
    """Progress, for who watches with `-s`."""
    sys.stdout.write(f"soak: {words}\n")
    sys.stdout.flush()
