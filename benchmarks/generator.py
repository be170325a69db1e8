"""A closed loop of so many connections: wrk where it is installed, else our own driver. Both sides get the same one."""

import asyncio
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from benchmarks.children import Work, run_children, together

_SCRIPT = Path(__file__).parent / "wrk.lua"


@attrs.frozen(kw_only=True)
class Load:
    """What is asked of one server, again and again.

    Attributes:
        header: The name and the value of the one that says who asks.
        body: JSON; wrk sends none.

    """

    url: str
    method: str
    targets: Sequence[str]
    header: tuple[str, str]
    connections: int
    body: str = ""


def generator() -> str:
    """What makes the load, in words."""
    return "wrk" if shutil.which("wrk") else "benchmarks/driver.py (wrk is not installed)"


async def closed_loop(loads: Sequence[Load], *, seconds: float) -> Work:
    """All of them at once, for so long."""
    if shutil.which("wrk"):
        return together(await asyncio.gather(*(_wrk(load, seconds) for load in loads)))
    return await run_children("benchmarks.driver", [driver_job(load, seconds=seconds) for load in loads])


def driver_job(load: Load, *, seconds: float | None, expected: int = 200) -> dict[str, object]:
    """The load as ``benchmarks.driver`` takes it; without ``seconds`` each target once."""
    address = urlsplit(load.url)
    name, value = load.header
    body = f"Content-Type: application/json\r\nContent-Length: {len(load.body)}\r\n\r\n{load.body}"
    requests = [
        f"{load.method} {target} HTTP/1.1\r\nHost: {address.netloc}\r\n{name}: {value}\r\n{body}"
        for target in load.targets
    ]
    return {
        "host": address.hostname,
        "port": address.port,
        "connections": load.connections,
        "requests": requests,
        "expected": expected,
        "seconds": seconds,
    }


async def _wrk(load: Load, seconds: float) -> Work:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("\n".join([load.method, *load.targets]))
        listed.flush()
        rounded = max(1, round(seconds))  # wrk counts in whole seconds
        command = ["wrk", "-t1", f"-c{load.connections}", f"-d{rounded}s", "-s", str(_SCRIPT), load.url, listed.name]
        environment = os.environ | {"WRK_HEADER": load.header[0], "WRK_TOKEN": load.header[1]}
        before, began = _busy_children(), time.monotonic()
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    told = json.loads(output.splitlines()[-1])
    return Work(
        done=told["requests"] - told["errors"],
        errors=told["errors"],
        began=began,
        ended=began + told["microseconds"] / 1e6,
        busy=_busy_children() - before,
        seconds=[microseconds / 1e6 for microseconds in told["percentiles"]],
    )


def _busy_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
