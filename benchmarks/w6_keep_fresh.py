"""W6, keep fresh: the job that renews what is due, tokens rotating and each secured in Vault, against two floors.

A turn of ours makes so many connections due at once as take its seconds, and lasts until the last of them is recorded.
Callers who ask for more validity than is left, so that each call refreshes, are told beside that, in turns too.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs

from benchmarks.children import Work, cost, run_children
from benchmarks.due import DueConnections, due_connections
from benchmarks.floors.refresh import LEASES
from benchmarks.generator import closed_loop
from benchmarks.population import Copied
from benchmarks.rows import Curve, Goal, Outcome, Plot, Row, Runs, at_least
from benchmarks.scene import Scene, World, a_scene, parts
from benchmarks.stage import CORES

_AT_ONCE = 64
"""Places that the job has in each service process, four fifths of the app's budget; so many callers has each process of
the floors and of who asks."""
_LIFE_SECONDS = 3600
_TO_BEGIN = 500
_BODY = '{"minimumValidity": 3599.999}'
"""A little less than a token's life: every call asks for more than is left, and so refreshes."""
_FLOORS = ("benchmarks.floors.refresh", "benchmarks.floors.naive_refresh")

Turn: TypeAlias = tuple[Work, Work, Work, Work]
"""The job, those who ask, the floor, the naive floor."""


async def run(world: World) -> Outcome:
    """All sides in turns, each on a third of the connections; who asks has the job's third."""
    async with (
        a_scene(world.machine, world.scale, SWITCHBOARD_JOBS="true") as scene,
        due_connections(scene) as due,
    ):
        await due.postgres.execute(LEASES)
        thirds = [[Copied(number) for number in range(side, scene.connections, 3)] for side in range(3)]
        left = itertools.cycle(thirds[0])
        a_second = (await due.renewed(_next(left, min(_TO_BEGIN, len(thirds[0]))))).rate
        seconds = world.scale.sustained_seconds / world.scale.runs
        number = min(max(1, round(a_second * seconds)), len(thirds[0]))
        turns = [await _turn(scene, due, _next(left, number), thirds, world) for _ in range(world.scale.runs)]
        profiled = min(max(1, round(a_second * world.scale.profile_seconds)), len(thirds[0]))
        profile = await world.profile_of("W6", scene.services[0], due.renewed(_next(left, profiled)))
        return attrs.evolve(_outcome(turns), profile=profile)


def _next(left: Iterator[Copied], number: int) -> list[Copied]:
    return list(itertools.islice(left, number))


async def _turn(
    scene: Scene, due: DueConnections, now: Sequence[Copied], thirds: Sequence[Sequence[Copied]], world: World
) -> Turn:
    job = await due.renewed(now)
    asked = await _asked(scene, thirds[0], seconds=world.scale.seconds)
    floor, naive = [
        await _floor(module, scene, third, seconds=world.scale.seconds)
        for module, third in zip(_FLOORS, thirds[1:], strict=True)
    ]
    return job, asked, floor, naive


async def _asked(scene: Scene, of: Sequence[Copied], *, seconds: float) -> Work:
    """Callers who ask for more validity than is left, each service process being asked for its own part."""
    targets = parts([scene.tenant.token_target(copied.id) for copied in of])
    return await closed_loop(scene.loads("POST", targets, body=_BODY, callers=CORES * _callers(of)), seconds=seconds)


async def _floor(module: str, scene: Scene, of: Sequence[Copied], *, seconds: float) -> Work:
    rows = [
        {"id": copied.id, "credential_id": copied.credential_id, "organisation_id": scene.tenant.organisation_id}
        for copied in of
    ]
    jobs = [
        {**scene.stage.reach(), "callers": _callers(of), "seconds": seconds, "refreshed": rows[number::CORES]}
        for number in range(CORES)
    ]
    return await run_children(module, jobs)


def _callers(of: Sequence[Copied]) -> int:
    """Of each process; no two of them renew one connection at once."""
    return min(_AT_ONCE, len(of) // CORES)


def _outcome(turns: Sequence[Turn]) -> Outcome:
    job, asked, floor, naive = ([turn[side] for turn in turns] for side in range(4))
    hourly = Runs([work.rate for work in job]).median * _LIFE_SECONDS
    kept = f"keeps {hourly:,.0f} hourly tokens fresh; {cost('ours', job)}; {cost('the floor', floor)}"
    rows = [
        _row("keep fresh", "the floor", job, floor, goal=at_least(0.8), told=kept),
        _row("keep fresh", "the naive floor", job, naive, goal=at_least(2.5), told=cost("the naive floor", naive)),
        _row("asked for", "the floor", asked, floor, goal=None, told=cost("asked for", asked)),
    ]
    named = {"switchboard": job, "asked for": asked, "floor": floor, "naive floor": naive}
    curves = [
        Curve(name=name, points=[(number + 1, work.rate) for number, work in enumerate(side)])
        for name, side in named.items()
    ]
    plot = Plot(file="w6-keep-fresh", title="W6: refreshes a second", x="turn", y="refreshes/s", curves=curves)
    return Outcome(rows=rows, plots=[plot])


def _row(side: str, of: str, ours: list[Work], reference: list[Work], *, goal: Goal | None, told: str) -> Row:
    errors = sum(work.errors for work in (*ours, *reference))
    done, retries = sum(work.done for work in ours), sum(work.retries for work in ours)
    return Row(
        workload=f"W6 {side}, refreshes/s, {of}",
        ours=Runs([work.rate for work in ours]),
        reference=Runs([work.rate for work in reference]),
        goal=goal,
        errors=errors,
        told=f"{done:,} refreshes, {errors} errors, {retries} retries; {told}",
    )
