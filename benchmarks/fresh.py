"""Fresh: short tokens of very many connections, renewed by the jobs of two replicas while callers draw them.

What is told is of every connection, not only of those that are drawn: a caller waits for a refresh only where less than
a tenth of a token's life is left, so the least validity that any connection had says whether one could have waited.

``FRESH=N`` takes another number of connections, ``FRESH=N/SECONDS`` goes on for so long.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import attrs
import psutil
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from rich.console import Console

from benchmarks.fresh_watch import Seen, Watch
from benchmarks.population import populate, zipf
from benchmarks.rows import Curve, Goal, Outcome, Plot, Row, Runs, at_least, at_most, percentile, shown_number
from benchmarks.scale import Fresh, wanted_fresh
from benchmarks.scene import Scene, World
from benchmarks.stage import CORES
from benchmarks.tenant import a_tenant

_PROVIDER_SECONDS = 0.05
_AT_ONCE = 80
_A_SECOND = 250
"""What each replica is allowed for the app; where it has rested, a second's more may begin at once."""
_SETTINGS = {
    "SWITCHBOARD_JOBS": "true",
    "SWITCHBOARD_APP_REFRESHES_AT_ONCE": str(_AT_ONCE),
    "SWITCHBOARD_PROVIDER_REFRESHES_AT_ONCE": str(_AT_ONCE),
    "SWITCHBOARD_APP_REFRESHES_A_SECOND": str(_A_SECOND),
}
_TELL_SECONDS = 10
_LIVES_TO_BEGIN = 3
_DRAWS = 10_000
_P99 = 0.99

# The first round, spread as later ones are by their jitter. What is copied is valid for an hour until then.
_SPREAD = """
UPDATE connections
SET refresh_due_at = clock_timestamp() + random() * 0.7 * make_interval(secs => %(life)s), last_refreshed_at = NULL
"""

console = Console(stderr=True, highlight=False)


async def run(world: World) -> Outcome:
    """Have each renewed once, and then watch for so long."""
    wanted = wanted_fresh(world.scale)
    async with _a_watch(world, wanted) as watch:
        late = await _begun(watch)
        before, began = await watch.provider(), time.monotonic()
        watch.seen = Seen(wanted.life)
        idle_before = psutil.cpu_times().idle
        while (passed := time.monotonic() - began) < wanted.seconds:
            await asyncio.sleep(min(_TELL_SECONDS, wanted.seconds - passed))
            await _tell(watch, time.monotonic() - began)
        after, lasted = await watch.provider(), time.monotonic() - began
        idle = (psutil.cpu_times().idle - idle_before) / lasted / (psutil.cpu_count() or 1)
        rate = (after["requests"] - before["requests"]) / lasted
        outcome = _outcome(watch.seen, wanted, after, rate=rate, busy=100 * (1 - idle), late=late)
        profile = await world.profile_of("fresh", watch.scene.services[0], asyncio.sleep(world.scale.profile_seconds))
        return attrs.evolve(outcome, profile=profile)


@asynccontextmanager
async def _a_watch(world: World, wanted: Fresh) -> AsyncIterator[Watch]:
    """Two replicas at work; callers who draw, and a look at all connections in each second, until the end."""
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(world.machine.stage())
        services = [stack.enter_context(stage.serving(**_SETTINGS)) for _ in range(CORES)]
        tenant = await stack.enter_async_context(a_tenant(services[0], stage.provider))
        await populate(stage, tenant, rows=wanted.connections)
        scene = Scene(stage=stage, services=services, tenant=tenant, connections=wanted.connections)
        postgres = await stack.enter_async_context(
            await AsyncConnection.connect(stage.superuser_dsn.reveal(), autocommit=True, row_factory=dict_row)
        )
        watch = Watch(scene=scene, postgres=postgres, seen=Seen(wanted.life))
        await watch.provider(f"?life={wanted.life}&pause={_PROVIDER_SECONDS}")
        await postgres.execute(_SPREAD, {"life": wanted.life})
        draws = [zipf(wanted.connections, draws=_DRAWS, seed=seed) for seed in range(CORES)]
        targets = [[tenant.token_target(copied.id) for copied in draw] for draw in draws]
        tasks = [asyncio.create_task(work) for work in watch.works(scene.loads("POST", targets))]
        try:
            yield watch
        finally:
            await watch.provider("?life=3600&pause=0")  # it is the machine's
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def _begun(watch: Watch) -> int:
    """Return when each has been renewed, or after so long all the same: how many were not by then."""
    deadline = time.monotonic() + _LIVES_TO_BEGIN * watch.seen.life
    while (waiting := await watch.waiting()) and time.monotonic() < deadline:  # noqa: ASYNC110 - other processes work
        await asyncio.sleep(1)
    return waiting


async def _tell(watch: Watch, passed: float) -> None:
    seen, provider = watch.seen, await watch.provider()
    console.print(
        f"  {passed:4.0f} s: {provider['requests']:,} refreshes, least validity {min(seen.least):.1f} s, at most "
        f"{max(seen.late):.1f} s late, {len(seen.seconds):,} answers, slowest {1000 * seen.slowest:,.0f} ms, "
        f"{seen.stale} stale, {seen.errors} errors, processors {psutil.cpu_percent():.0f} % busy",
    )


def _outcome(seen: Seen, wanted: Fresh, provider: dict[str, int], *, rate: float, busy: float, late: int) -> Outcome:
    errors = seen.errors + seen.ended + provider["refused"] + late
    told = (
        f"{wanted.connections:,} connections, lives of {wanted.life} s, {wanted.seconds} s; {rate:,.0f} refreshes/s; "
        f"{len(seen.seconds):,} answers, p99 {1000 * percentile(seen.seconds or [0.0], _P99):,.0f} ms, slowest "
        f"{1000 * seen.slowest:,.0f} ms; due and not begun for {max(seen.late):.1f} s at most; "
        f"processors {busy:.0f} % busy; {errors} errors, {late} of them connections not renewed "
        f"once within the first {_LIVES_TO_BEGIN} lives"
    )
    return Outcome(
        rows=[
            _row("least validity of any connection in s", min(seen.least), at_least(wanted.life / 10), errors, told),
            _row("looks at which one had lapsed", sum(left <= 0 for left in seen.least), at_most(0), errors),
            _row("answers of a token that was due", seen.stale, at_most(0), errors),
            _row("at the provider at once", provider["most_at_once"], at_most(CORES * _AT_ONCE), errors),
            _row("at the provider in a second", provider["most_a_second"], at_most(2 * CORES * _A_SECOND), errors),
        ],
        plots=[
            Plot(
                file="fresh",
                title=f"{wanted.connections:,} connections, lives of {shown_number(wanted.life)} s",
                x="second",
                y="s",
                curves=[
                    Curve(name="least validity", points=list(enumerate(seen.least))),
                    Curve(name="longest due", points=list(enumerate(seen.late))),
                ],
            )
        ],
    )


def _row(name: str, number: float, goal: Goal, errors: int, told: str = "") -> Row:
    return Row(workload=f"fresh, {name}", ours=Runs([number]), reference=None, goal=goal, errors=errors, told=told)
