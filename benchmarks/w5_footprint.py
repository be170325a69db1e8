"""W5, footprint: a server process's memory with many tokens in it, how soon it serves, how long its import takes."""

import os
import subprocess
import sys
import time

from benchmarks.children import run_children
from benchmarks.generator import driver_job
from benchmarks.load import Load
from benchmarks.population import Copied, populate
from benchmarks.rows import Outcome, Row, Runs, at_most
from benchmarks.scene import CALLERS, World
from benchmarks.stage import Stage, processes_of
from benchmarks.tenant import Tenant, a_tenant
from tests.support.served import Served

_MEGABYTE, _KILOBYTE = 1e6, 1e3
# pip compiles what it installs; here the first start does, whatever the environment says of it.
_AS_INSTALLED = {"PYTHONDONTWRITEBYTECODE": ""}
_IMPORT = "import time; began = time.perf_counter(); import app.asgi; print(time.perf_counter() - began)"


async def run(world: World) -> Outcome:
    """One service process is asked for so many tokens, and then for as many others."""
    tokens = world.scale.tokens
    async with world.machine.stage() as stage:
        _seconds_to_ready(stage)  # which also makes the schema, and the bytecode
        starts = [_seconds_to_ready(stage) for _ in range(world.scale.runs)]
        with stage.serving(SWITCHBOARD_TOKENS_IN_MEMORY=str(4 * tokens), **_AS_INSTALLED) as service:
            async with a_tenant(service, stage.provider) as tenant:
                await populate(stage, tenant, rows=2 * tokens)
                errors = await _ask_for(service, tenant, range(tokens))
                first = _resident(service)
                errors += await _ask_for(service, tenant, range(tokens, 2 * tokens))
                further = (_resident(service) - first) / tokens
    imports = [_seconds_to_import() for _ in range(world.scale.runs)]
    told_of_all = f"{4 * tokens:,} requests, {errors} errors, 0 retries"
    measured = (
        (f"W5 footprint, MB with {tokens:,} tokens", [first / _MEGABYTE], 150, told_of_all),
        ("W5 footprint, KB for each further token", [further / _KILOBYTE], 1, ""),
        ("W5 footprint, s from serve to /readyz", starts, 2, ""),
        ("W5 footprint, s to import the app", imports, 0.7, ""),
    )
    rows = [
        Row(workload=name, ours=Runs(numbers), reference=None, goal=at_most(goal), errors=errors, told=told)
        for name, numbers, goal, told in measured
    ]
    return Outcome(rows=rows)


async def _ask_for(service: Served, tenant: Tenant, numbers: range) -> int:
    """Each of them twice; how many were refused."""
    errors = 0
    for _ in range(2):
        load = Load(
            url=service.service.public_url,
            method="POST",
            targets=[tenant.token_target(Copied(number).id) for number in numbers],
            header=("Authorization", f"Bearer {tenant.key}"),
            connections=CALLERS,
        )
        errors += (await run_children("benchmarks.driver", [driver_job(load, seconds=None)])).errors
    return errors


def _resident(service: Served) -> float:
    return float(max(process.memory_info().rss for process in processes_of(service)))


def _seconds_to_ready(stage: Stage) -> float:
    began = time.monotonic()
    with stage.serving(**_AS_INSTALLED):
        return time.monotonic() - began


def _seconds_to_import() -> float:
    told = subprocess.run(
        [sys.executable, "-c", _IMPORT], env=os.environ | _AS_INSTALLED, check=True, capture_output=True, text=True
    )
    return float(told.stdout)
