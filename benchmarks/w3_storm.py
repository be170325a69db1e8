"""W3, storm: a token lapses, and many callers on three replicas ask for it at once; then its refresher is killed."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack

import httpx

from benchmarks.children import Work, run_children
from benchmarks.generator import Load, driver_job
from benchmarks.rows import Outcome, Plot, Row, Runs, at_most, distribution
from benchmarks.scene import World
from benchmarks.tenant import Tenant, a_tenant
from tests.support.served import Served

_REPLICAS = 3
_PROVIDER_SECONDS = 0.2
_LIFE_SECONDS = 3600
_SHORT_LIFE_SECONDS = 1
_PROVIDER_SECONDS_TO_BE_KILLED_IN = 3.0
_SECONDS_TO_TAKE_OVER = 90


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
                    await provider.script(life=_LIFE_SECONDS, pause=0)
    return _outcome([storm[0] for storm in storms], [storm[1] for storm in storms], killed)


class Provider:
    """The benchmark's provider, told how to be."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def script(self, *, life: float, pause: float) -> None:
        await self._http.get("/script", params={"life": life, "pause": pause})

    async def requests(self) -> int:
        return int((await self._http.get("/script")).json()["requests"])


async def _lapsed(tenant: Tenant, provider: Provider) -> str:
    """A connection whose token is over."""
    await provider.script(life=_SHORT_LIFE_SECONDS, pause=0)
    connection = str((await tenant.connection())["id"])
    await asyncio.sleep(_SHORT_LIFE_SECONDS)
    return connection


async def _storm(world: World, replicas: Sequence[Served], tenant: Tenant, provider: Provider) -> tuple[Work, int]:
    """What the callers saw, and how many requests the provider got."""
    connection = await _lapsed(tenant, provider)
    await provider.script(life=_LIFE_SECONDS, pause=_PROVIDER_SECONDS)
    before = await provider.requests()
    callers = world.scale.storm // len(replicas)
    loads = [_load(tenant, replica, connection, callers) for replica in replicas]
    work = await run_children("benchmarks.driver", [driver_job(load, seconds=None) for load in loads])
    return work, await provider.requests() - before


def _load(tenant: Tenant, replica: Served, connection: str, callers: int) -> Load:
    return Load(
        url=replica.service.public_url,
        method="POST",
        targets=[tenant.token_target(connection)] * callers,
        header=("Authorization", f"Bearer {tenant.key}"),
        connections=callers,
    )


async def _killed(replicas: Sequence[Served], tenant: Tenant, provider: Provider) -> tuple[int, int]:
    """How many requests the provider got after the first one's holder was killed, and who went without a token."""
    connection = await _lapsed(tenant, provider)
    await provider.script(life=_LIFE_SECONDS, pause=_PROVIDER_SECONDS_TO_BE_KILLED_IN)
    before = await provider.requests()
    holder, *others = replicas
    asking = asyncio.create_task(_token(holder, tenant, connection))
    while await provider.requests() == before:  # noqa: ASYNC110 - the provider is another process
        await asyncio.sleep(0.01)
    await asyncio.to_thread(holder.kill)
    await asyncio.gather(asking, return_exceptions=True)
    answers = await asyncio.gather(*(_patiently(other, tenant, connection) for other in others))
    return await provider.requests() - before - 1, answers.count(False)


async def _patiently(replica: Served, tenant: Tenant, connection: str) -> bool:
    """Ask until there is a token; whether there was one."""
    ends = time.monotonic() + _SECONDS_TO_TAKE_OVER
    while time.monotonic() < ends:
        if await _token(replica, tenant, connection) == httpx.codes.OK:
            return True
        await asyncio.sleep(0.5)
    return False


async def _token(replica: Served, tenant: Tenant, connection: str) -> int:
    async with httpx.AsyncClient(base_url=replica.service.public_url, timeout=60) as http:
        headers = {"Authorization": f"Bearer {tenant.key}"}
        return (await http.post(tenant.token_target(connection), headers=headers)).status_code


def _outcome(storms: Sequence[Work], requests: Sequence[int], killed: Sequence[tuple[int, int]]) -> Outcome:
    errors = sum(work.errors for work in storms)
    done = sum(work.done for work in storms)
    rows = [
        Row(
            workload="W3 storm, requests at the provider",
            ours=Runs(requests),
            reference=Runs([1]),
            goal=at_most(1),
            errors=errors + sum(number != 1 for number in requests),
            told=f"{done:,} requests, {errors} errors, 0 retries; {_REPLICAS} replicas",
        ),
        Row(
            workload="W3 storm, slowest caller in ms",
            ours=Runs([1000 * max(work.seconds, default=0.0) for work in storms]),
            reference=Runs([1000 * _PROVIDER_SECONDS]),
            goal=at_most(2),
            errors=errors,
            told="",
        ),
    ]
    rows += [
        Row(
            workload="W3 storm, further requests after kill -9",
            ours=Runs([further]),
            reference=None,
            goal=at_most(1),
            errors=failed,
            told=f"{failed} replicas without a token afterwards",
        )
        for further, failed in killed
    ]
    curve = distribution("callers", storms[0].seconds or [0.0])
    return Outcome(
        rows=rows,
        plots=[Plot(file="w3-storm", title="W3: how long callers wait", x="percentile", y="ms", curves=[curve])],
    )
