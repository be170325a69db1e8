"""A closed loop of so many connections, by wrk, h2load or our own driver. Both sides get the same one."""

import asyncio
import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from benchmarks.children import Work, run_children, together
from benchmarks.h2load import h2load
from benchmarks.load import Load
from benchmarks.processor import meter

_SCRIPT = Path(__file__).parent / "wrk.lua"


_DRIVER = "driver"
_GENERATORS = (_DRIVER, "wrk", "h2load")


def generator() -> str:
    """What makes the load, as GENERATOR has it; unless told, wrk where it is installed, else our own driver.

    Raises ValueError for one that there is not.
    """
    wanted = os.environ.get("GENERATOR") or ("wrk" if shutil.which("wrk") else _DRIVER)
    if wanted not in _GENERATORS:
        raise ValueError(f"GENERATOR is {wanted!r}: say one of {', '.join(_GENERATORS)}")
    if wanted != _DRIVER and shutil.which(wanted) is None:
        raise ValueError(f"GENERATOR is {wanted!r}, which is not installed")
    return wanted


async def closed_loop(loads: Sequence[Load], *, seconds: float | None, expected: int = 200) -> Work:
    """All of them at once, for so long; without ``seconds`` each target once.

    An answer with another status than ``expected`` is an error. What wrk does not do (a body, an end), our driver does.
    """
    name = generator()
    if name == "wrk" and (seconds is None or any(load.body for load in loads)):
        name = _DRIVER
    if name == _DRIVER:
        jobs = [driver_job(load, seconds=seconds, expected=expected) for load in loads]
        return await run_children("benchmarks.driver", jobs)
    spent = meter()
    if seconds is not None and name == "wrk":
        processes, asking = len(loads), [_wrk(load, seconds) for load in loads]
    else:
        processes = sum(load.connections for load in loads)
        asking = [h2load(load, seconds=seconds, expected=expected) for load in loads]
    work, taken = together(await asyncio.gather(*asking)), spent()
    return attrs.evolve(work, busy=taken["generator"] / processes, spent=taken)


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
        began = time.monotonic()
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
        busy=0,
        seconds=[microseconds / 1e6 for microseconds in told["percentiles"]],
    )
