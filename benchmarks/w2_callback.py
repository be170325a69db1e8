"""W2, callback: the request that finalises a flow, against the four requests that no finalising can do without."""

import asyncio
from collections.abc import Sequence
from typing import Any

import attrs
import psycopg
from psycopg.rows import dict_row

from benchmarks.children import Work, cost, run_children
from benchmarks.generator import closed_loop
from benchmarks.rows import Outcome, Row, Runs, at_least
from benchmarks.scene import CALLERS, Scene, World, parts
from benchmarks.stage import CORES, Stage
from benchmarks.tenant import Tenant

_INITS_AT_ONCE = 8
_WAITING = """
SELECT id, organisation_id, credential_id, redirect_uri, client FROM flows WHERE status IN ('waiting', 'started')
"""


async def run(world: World) -> Outcome:
    """The two sides in turns, each on flows that were started for it."""
    scene, flows = await world.scene(), world.scale.flows
    await finalised(scene, await started(scene.tenant, flows // 2))
    turns = []
    for _ in range(world.scale.runs):
        ours = await finalised(scene, await started(scene.tenant, flows))
        await started(scene.tenant, flows)
        turns.append((ours, await _floor(scene.stage)))
    outcome = _outcome([turn[0] for turn in turns], [turn[1] for turn in turns])
    profile = await world.profile("W2", finalised(scene, await started(scene.tenant, 2 * flows)))
    return attrs.evolve(outcome, profile=profile)


async def started(tenant: Tenant, flows: int) -> list[str]:
    """connection-init for so many; the targets that finalise them."""
    limit = asyncio.Semaphore(_INITS_AT_ONCE)

    async def one() -> str:
        async with limit:
            return await tenant.callback()

    return await asyncio.gather(*(one() for _ in range(flows)))


async def finalised(scene: Scene, callbacks: Sequence[str]) -> Work:
    """Send each once, to the service processes in equal parts."""
    return await closed_loop(scene.loads("GET", parts(callbacks)), seconds=None, expected=201)


async def _floor(stage: Stage) -> Work:
    flows = await asyncio.to_thread(_waiting, stage)
    jobs = [{**stage.reach(), "callers": CALLERS // CORES, "flows": flows[number::CORES]} for number in range(CORES)]
    return await run_children("benchmarks.floors.callback", jobs)


def _waiting(stage: Stage) -> list[dict[str, Any]]:
    with psycopg.connect(stage.superuser_dsn.reveal(), row_factory=dict_row) as connection:
        return connection.execute(_WAITING).fetchall()


def _outcome(ours: list[Work], floor: list[Work]) -> Outcome:
    errors = sum(work.errors for work in (*ours, *floor))
    done = sum(work.done for work in ours)
    idle = 100 * min(work.idle for work in ours)
    row = Row(
        workload="W2 callback, flows/s",
        ours=Runs([work.rate for work in ours]),
        reference=Runs([work.rate for work in floor]),
        goal=at_least(0.8),
        errors=errors,
        told=f"{done:,} requests, {errors} errors, 0 retries; generator idle {idle:.0f} %; "
        f"{cost('ours', ours)}; {cost('reference', floor)}",
    )
    return Outcome(rows=[row])
