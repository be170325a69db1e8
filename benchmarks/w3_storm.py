"""W3, storm: a token lapses, and many callers on three replicas ask for it at once; then its refresher is killed."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack

import attrs
import httpx

from benchmarks.children import Work, run_children
from benchmarks.generator import driver_job
from benchmarks.load import Load
from benchmarks.rows import Outcome, Plot, Row, Runs, at_most, distribution
from benchmarks.scene import World
from benchmarks.tenant import Tenant, a_tenant
from tests.support.served import Served

_REPLICAS = 3
_PROVIDER_SECONDS = 0.2
_LIFE_SECONDS = 3600
_SHORT_LIFE_SECONDS = 3
_PROVIDER_SECONDS_TO_BE_KILLED_IN = 3.0
_CALLERS_OF_THE_KILLED = 20
_SECONDS_TO_TAKE_OVER = 90
_NOT_OVER = '{"minimumValidity":0}'
"""What callers ask for: so the token is in memory until it lapses, though it lives for seconds alone."""


async def run(world: World) -> Outcome:
    """Storms, each on a connection of its own; and one refresh whose holder is killed while the provider thinks."""
    async with world.machine.stage() as stage:
        with ExitStack() as stack:
            replicas = [stack.enter_context(stage.serving()) for _ in range(_REPLICAS)]
            async with (
                a_tenant(replicas[0], stage.provider) as tenant,
                httpx.AsyncClient(base_url=stage.provider) as at,
            ):
                provider = Provider(at)
                try:
                    storms = [await _storm(world, replicas, tenant, provider) for _ in range(world.scale.runs)]
                    killed = [await _killed(replicas, tenant, provider)] if world.scale.kills else []
                finally:  # the other workloads have the same provider
                    await provider.script(life=_LIFE_SECONDS, pause=0, forgives=0)
    return _outcome(storms, killed)


class Provider:
    """The benchmark's provider, told how to be."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def script(self, *, life: float, pause: float, forgives: int = 0) -> None:
        await self._http.get("/script", params={"life": life, "pause": pause, "forgives": forgives})

    async def requests(self) -> int:
        return int((await self._http.get("/script")).json()["requests"])


@attrs.frozen(kw_only=True)
class Storm:
    """What came of one.

    Attributes:
        work: What the callers saw.
        requests: How many the provider got.
        floor: The same callers and requests for the same token, which is in memory by then.

    """

    work: Work
    requests: int
    floor: Work


@attrs.frozen(kw_only=True)
class Killed:
    """What came of a killed holder.

    Attributes:
        further: How many requests the provider got after the first one.
        seconds: What each caller at the replicas that survived waited for its token.
        without: How many of them had none in the end.

    """

    further: int
    seconds: Sequence[float]
    without: int


async def _lapsed(replicas: Sequence[Served], tenant: Tenant, provider: Provider) -> str:
    """A connection whose token is over, and was issued by every replica before."""
    await provider.script(life=_SHORT_LIFE_SECONDS, pause=0)
    connection = str((await tenant.connection())["id"])
    await _issue_at_each(replicas, tenant, connection)
    await asyncio.sleep(_SHORT_LIFE_SECONDS)
    return connection


async def _issue_at_each(replicas: Sequence[Served], tenant: Tenant, connection: str) -> None:
    await asyncio.gather(*(_token(replica, tenant, connection) for replica in replicas))


async def _storm(world: World, replicas: Sequence[Served], tenant: Tenant, provider: Provider) -> Storm:
    connection = await _lapsed(replicas, tenant, provider)
    await provider.script(life=_LIFE_SECONDS, pause=_PROVIDER_SECONDS)
    before = await provider.requests()
    callers = world.scale.storm // len(replicas)
    jobs = [driver_job(_load(tenant, replica, connection, callers), seconds=None) for replica in replicas]
    work = await run_children("benchmarks.burst", jobs)
    requests = await provider.requests() - before
    await _issue_at_each(replicas, tenant, connection)
    return Storm(work=work, requests=requests, floor=await run_children("benchmarks.burst", jobs))


def _load(tenant: Tenant, replica: Served, connection: str, callers: int) -> Load:
    return Load(
        url=replica.service.public_url,
        method="POST",
        targets=[tenant.token_target(connection)] * callers,
        header=("Authorization", f"Bearer {tenant.key}"),
        connections=callers,
        body=_NOT_OVER,
    )


async def _killed(replicas: Sequence[Served], tenant: Tenant, provider: Provider) -> Killed:
    connection = await _lapsed(replicas, tenant, provider)
    # What the killed one was told is lost: only a provider that takes its token once more can give another.
    await provider.script(life=_LIFE_SECONDS, pause=_PROVIDER_SECONDS_TO_BE_KILLED_IN, forgives=1)
    before = await provider.requests()
    holder, *others = replicas
    asking = asyncio.create_task(_token(holder, tenant, connection))
    while await provider.requests() == before:  # noqa: ASYNC110 - the provider is another process
        await asyncio.sleep(0.01)
    await asyncio.to_thread(holder.kill)
    await asyncio.gather(asking, return_exceptions=True)
    callers = [other for other in others for _ in range(_CALLERS_OF_THE_KILLED)]
    waited = await asyncio.gather(*(_patiently(other, tenant, connection) for other in callers))
    seconds = [second for second in waited if second is not None]
    return Killed(further=await provider.requests() - before - 1, seconds=seconds, without=len(callers) - len(seconds))


async def _patiently(replica: Served, tenant: Tenant, connection: str) -> float | None:
    """Ask until there is a token; for how long that was, None where there was none."""
    began = time.monotonic()
    while time.monotonic() < began + _SECONDS_TO_TAKE_OVER:
        if await _token(replica, tenant, connection) == httpx.codes.OK:
            return time.monotonic() - began
        await asyncio.sleep(0.5)
    return None


async def _token(replica: Served, tenant: Tenant, connection: str) -> int:
    async with httpx.AsyncClient(base_url=replica.service.public_url, timeout=60) as http:
        headers = {"Authorization": f"Bearer {tenant.key}", "Content-Type": "application/json"}
        return (await http.post(tenant.token_target(connection), headers=headers, content=_NOT_OVER)).status_code


def _outcome(storms: Sequence[Storm], killed: Sequence[Killed]) -> Outcome:
    errors = sum(storm.work.errors + storm.floor.errors for storm in storms)
    done = sum(storm.work.done for storm in storms)
    slowest = Runs([_slowest(storm.work) for storm in storms])
    rows = [
        Row(
            workload="W3 storm, requests at the provider",
            ours=Runs([storm.requests for storm in storms]),
            reference=Runs([1]),
            goal=at_most(1),
            errors=errors + sum(storm.requests != 1 for storm in storms),
            told=f"{done:,} requests, {errors} errors, 0 retries; {_REPLICAS} replicas",
        ),
        Row(
            workload="W3 storm, slowest caller in ms",
            ours=slowest,
            reference=Runs([1000 * _PROVIDER_SECONDS]),
            goal=at_most(2),
            errors=errors,
            told=f"{Runs([_slowest(storm.floor) for storm in storms])} ms is the floor: the same, token in memory; "
            f"the busiest generator idle for {100 * min(storm.work.idle for storm in storms):.0f} %",
        ),
    ]
    rows += [_killed_row(kill) for kill in killed]
    curves = [
        distribution("callers", storms[0].work.seconds or [0.0]),
        distribution("the same, token in memory", storms[0].floor.seconds or [0.0]),
    ]
    return Outcome(
        rows=rows,
        plots=[Plot(file="w3-storm", title="W3: how long callers wait", x="percentile", y="ms", curves=curves)],
    )


def _slowest(work: Work) -> float:
    """In milliseconds."""
    return 1000 * max(work.seconds, default=0.0)


def _killed_row(killed: Killed) -> Row:
    return Row(
        workload="W3 storm, further requests after kill -9",
        ours=Runs([killed.further]),
        reference=None,
        goal=at_most(1),
        errors=killed.without,
        told=f"{len(killed.seconds)} callers at the two other replicas had a token after "
        f"{max(killed.seconds, default=0.0):.0f} s at most, {killed.without} had none",
    )
