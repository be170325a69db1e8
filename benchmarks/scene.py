"""What W1, W2 and W6 have in common: service processes, one for each core, and a tenant with many connections."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs

from benchmarks.load import Load
from benchmarks.population import populate
from benchmarks.profiles import profiled
from benchmarks.scale import Scale
from benchmarks.stage import CORES, Machine, Stage
from benchmarks.tenant import Tenant, a_tenant
from tests.support.served import Served

CALLERS = 16
"""Connections that ask at once, in all: of each generator and of each floor."""

UNBOUND = {
    f"SWITCHBOARD_{whose}_REFRESHES_{what}": most
    for whose in ("PROVIDER", "APP")
    for what, most in {"A_SECOND": "100000", "AT_ONCE": "80"}.items()
}
"""What a refresh costs is measured, not how many of them a provider is spared."""


@attrs.frozen(kw_only=True)
class Scene:
    """A stage with its service processes up; ``connections`` copies are there, with their secrets."""

    stage: Stage
    services: Sequence[Served]
    tenant: Tenant
    connections: int

    def loads(
        self, method: str, targets: Sequence[Sequence[str]], *, body: str = "", callers: int = CALLERS
    ) -> list[Load]:
        """What is asked of each service process, by the tenant; so many callers have both together."""
        return [
            Load(
                url=service.service.public_url,
                method=method,
                targets=of_one,
                header=("Authorization", f"Bearer {self.tenant.key}"),
                connections=callers // CORES,
                body=body,
            )
            for service, of_one in zip(self.services, targets, strict=True)
        ]


@attrs.define
class World:
    """The machine of a run, and the scene on it, which is set when it is first asked for."""

    machine: Machine
    scale: Scale
    results: Path
    _stack: AsyncExitStack
    _scene: Scene | None = None

    async def profile(self, workload: str, load: Awaitable[object]) -> str | None:
        """What a service process of the scene does under this load."""
        return await self.profile_of(workload, (await self.scene()).services[0], load)

    async def profile_of(self, workload: str, service: Served, load: Awaitable[object]) -> str | None:
        """What this service's process does, in words; its samples are kept beside the results."""
        told = await profiled(workload, service, load, seconds=self.scale.profile_seconds, into=self.results)
        return None if told is None else str(told)

    async def scene(self) -> Scene:
        """The one of this run."""
        if self._scene is None:
            self._scene = await self._stack.enter_async_context(a_scene(self.machine, self.scale))
        return self._scene


@asynccontextmanager
async def a_world(machine: Machine, scale: Scale, results: Path) -> AsyncIterator[World]:
    """What was set up is taken down at its end."""
    async with AsyncExitStack() as stack:
        yield World(machine, scale, results, stack)


@asynccontextmanager
async def a_scene(machine: Machine, scale: Scale, **settings: str) -> AsyncIterator[Scene]:
    """One of its own; its service processes have these settings beside the usual ones."""
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(machine.stage())
        services = [stack.enter_context(stage.serving(**UNBOUND, **settings)) for _ in range(CORES)]
        tenant = await stack.enter_async_context(a_tenant(services[0], stage.provider))
        await populate(stage, tenant, rows=scale.connections)
        yield Scene(stage=stage, services=services, tenant=tenant, connections=scale.connections)


def parts(of: Sequence[str]) -> list[Sequence[str]]:
    """In as many equal parts as there are service processes."""
    return [of[number::CORES] for number in range(CORES)]
