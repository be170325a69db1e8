"""Where a service process's time goes while a workload runs: py-spy's samples, and the largest costs in words.

A cost is the share of samples in which a *piece* is what runs: each stack is given to its innermost frame that belongs
to a named piece of ours or of a library. py-spy is an optional tool; without it nothing is profiled.
"""

import asyncio
import shutil
import sys
from collections import Counter
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any

import attrs

from benchmarks.stage import processes_of
from tests.support.served import Served

# From what a frame's text holds to what it is called; the first that fits, from the innermost frame outwards.
_PIECES: Mapping[str, str] = {
    "psycopg": "Postgres: psycopg's statements and pool",
    "adapters/postgres": "Postgres: our statements and rows",
    "hvac": "Vault: hvac's request building",
    "adapters/vault": "Vault: our adapter",
    "httpx": "the provider: httpx and its aiohttp transport",
    "adapters/oauth_http": "the provider: our guarded client",
    "aiohttp": "aiohttp: sockets and HTTP of Vault and provider",
    "litestar": "HTTP: Litestar's routing, dependencies and bodies",
    "app/http": "HTTP: our authentication, bodies and hot route",
    "granian": "HTTP: granian",
    "prometheus": "metrics",
    "structlog": "logs",
    "app/use_cases": "use cases and domain",
    "domain/": "use cases and domain",
    "dependency_injector": "building use cases",
    "attr": "use cases and domain",
    "asyncio": "asyncio's own loop",
}
_OTHER = "everything else"
_LARGEST = 3
_IDLE = ("select (selectors.py", "_worker (concurrent")


@attrs.frozen(kw_only=True)
class Profile:
    """A workload's costs, the largest first, as shares of the busy samples."""

    workload: str
    costs: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        said = "; ".join(f"{100 * share:.0f} % {piece}" for piece, share in self.costs[:_LARGEST])
        return f"{self.workload}, the three largest costs: {said}."


async def profiled(workload: str, service: Served, load: Awaitable[Any], *, seconds: int, into: Path) -> Profile | None:
    """Watch the service's process while the load goes on; None where there is no py-spy, or it may not look."""
    binary = shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if binary is None or not seconds:
        await load
        return None
    raw = into / f"{workload.lower()}-profile.txt"
    [pid] = [process.pid for process in processes_of(service)]
    command = [binary, "record", "--pid", str(pid), "--duration", str(seconds), "--format", "raw", "--output", str(raw)]
    watching = await asyncio.create_subprocess_exec(
        *command, "--rate", "200", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    await load
    if await watching.wait() != 0 or not raw.exists():
        return None
    return Profile(workload=workload, costs=costs(raw.read_text()))


def costs(raw: str) -> tuple[tuple[str, float], ...]:
    """Of py-spy's raw format: a line is a stack, outermost frame first, and how often it was seen."""
    seen: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if frames[-1] and not any(idle in frames[-1] for idle in _IDLE):  # a thread of the server has no frame of ours
            seen[_piece(frames)] += int(count)
    total = seen.total() or 1
    return tuple((piece, count / total) for piece, count in seen.most_common())


def _piece(frames: list[str]) -> str:
    for frame in reversed(frames):
        for mark, piece in _PIECES.items():
            if mark in frame:
                return piece
    return _OTHER
