"""W6, keep fresh: refreshes with rotating tokens, each secured in Vault, against a floor and against a naive one."""

import asyncio
from collections.abc import Sequence

import attrs
import psycopg

from benchmarks.children import Work, run_children
from benchmarks.floors.refresh import LEASES
from benchmarks.generator import driver_job
from benchmarks.population import Copied
from benchmarks.rows import Curve, Outcome, Plot, Row, Runs, at_least
from benchmarks.scene import CALLERS, Scene, World, parts
from benchmarks.stage import CORES, Stage

_LIFE_SECONDS = 3600
_BODY = '{"minimumValidity": 3599.999}'
"""A little less than a token's life: every call asks for more than is left, and so refreshes."""
_FLOORS = ("benchmarks.floors.refresh", "benchmarks.floors.naive_refresh")


async def run(world: World) -> Outcome:
    """The three sides in turns, each on a third of the connections."""
    scene, scale = await world.scene(), world.scale
    await asyncio.to_thread(_make_leases, scene.stage)
    thirds = [[Copied(number) for number in range(side, scene.connections, 3)] for side in range(3)]
    turns = []
    for _ in range(scale.runs):
        ours = await refreshed(scene, thirds[0], seconds=scale.sustained_seconds / scale.runs)
        floors = [
            await _floor(module, scene, third, seconds=scale.seconds)
            for module, third in zip(_FLOORS, thirds[1:], strict=True)
        ]
        turns.append((ours, *floors))
    outcome = _outcome(*(list(side) for side in zip(*turns, strict=True)))
    profile = await world.profile("W6", refreshed(scene, thirds[0], seconds=scale.profile_seconds))
    return attrs.evolve(outcome, profile=profile)


async def refreshed(scene: Scene, of: Sequence[Copied], *, seconds: float) -> Work:
    """Callers who ask for more validity than is left, each service process being asked for its own part."""
    targets = parts([scene.tenant.token_target(copied.id) for copied in of])
    loads = scene.loads("POST", targets, body=_BODY)
    return await run_children("benchmarks.driver", [driver_job(load, seconds=seconds) for load in loads])


async def _floor(module: str, scene: Scene, of: Sequence[Copied], *, seconds: float) -> Work:
    rows = [
        {"id": copied.id, "credential_id": copied.credential_id, "organisation_id": scene.tenant.organisation_id}
        for copied in of
    ]
    jobs = [
        {**scene.stage.reach(), "callers": CALLERS // CORES, "seconds": seconds, "refreshed": rows[number::CORES]}
        for number in range(CORES)
    ]
    return await run_children(module, jobs)


def _make_leases(stage: Stage) -> None:
    with psycopg.connect(stage.superuser_dsn.reveal(), autocommit=True) as connection:
        connection.execute(LEASES)


def _outcome(ours: list[Work], floor: list[Work], naive: list[Work]) -> Outcome:
    errors = sum(work.errors for work in (*ours, *floor, *naive))
    rates = Runs([work.rate for work in ours])
    done, idle = sum(work.done for work in ours), 100 * min(work.idle for work in ours)
    told = (
        f"{done:,} requests, {errors} errors, 0 retries; driver idle {idle:.0f} %; "
        f"keeps {rates.median * _LIFE_SECONDS:,.0f} hourly tokens fresh"
    )
    rows = [
        Row(
            workload=f"W6 keep fresh, refreshes/s, {name} floor",
            ours=rates,
            reference=Runs([work.rate for work in side]),
            goal=at_least(goal),
            errors=errors,
            told=told if name == "the" else "",
        )
        for name, side, goal in (("the", floor, 0.8), ("the naive", naive, 2.5))
    ]
    curves = [
        Curve(name=name, points=[(number + 1, work.rate) for number, work in enumerate(side)])
        for name, side in (("switchboard", ours), ("floor", floor), ("naive floor", naive))
    ]
    plot = Plot(file="w6-keep-fresh", title="W6: refreshes a second", x="turn", y="refreshes/s", curves=curves)
    return Outcome(rows=rows, plots=[plot])
