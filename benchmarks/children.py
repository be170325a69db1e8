"""Processes of ours that do a part of a run: each is told its job, says that it is ready, and begins on a word."""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from benchmarks.processor import Spent, meter, milliseconds_each

_ROOT = Path(__file__).parents[1]
_SECONDS_TO_STOP = 10

Job: TypeAlias = Mapping[str, Any]
Do: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]


@attrs.frozen(kw_only=True)
class Work:
    """What a child did.

    Attributes:
        done: How many of what was to be done went well.
        errors: How many did not.
        retries: How often something was sent again.
        began: By a clock in seconds that is the machine's.
        busy: The processor's seconds that the child took.
        seconds: How long each took that was done.
        spent: What all processes of the run took meanwhile.

    """

    done: int
    errors: int
    retries: int = 0
    began: float
    ended: float
    busy: float
    seconds: Sequence[float] = ()
    spent: Spent = attrs.field(factory=dict)

    @property
    def rate(self) -> float:
        return self.done / (self.ended - self.began)

    @property
    def idle(self) -> float:
        """The child's own idle share: a generator that is never idle is what is measured."""
        return max(0.0, 1 - self.busy / (self.ended - self.began))


def together(works: Sequence[Work]) -> Work:
    """What several children did at once; ``busy`` is the busiest one's, so that ``idle`` is of the least idle."""
    return Work(
        done=sum(work.done for work in works),
        errors=sum(work.errors for work in works),
        retries=sum(work.retries for work in works),
        began=min(work.began for work in works),
        ended=max(work.ended for work in works),
        busy=max(work.busy for work in works),
        seconds=[second for work in works for second in work.seconds],
    )


def cost(of: str, works: Sequence[Work]) -> str:
    """What each of all that they did took of the processor, in words."""
    return f"{of}: {milliseconds_each([work.spent for work in works], sum(work.done for work in works))}"


async def run_children(module: str, jobs: Sequence[Job]) -> Work:
    """Have a child of ``python -m module`` do each job, all at once."""
    processes = [await _start(module) for _ in jobs]
    try:
        for process, job in zip(processes, jobs, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps(job).encode() + b"\n")
        for process in processes:
            await _line(process, module)
        spent = meter()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
        told = [json.loads(await _line(process, module)) for process in processes]
        return attrs.evolve(together([Work(**work) for work in told]), spent=spent())
    finally:
        for process in processes:
            await _end(process)


def child(
    prepare: Callable[[Job], AbstractAsyncContextManager[Do]],
    *,
    run: Callable[[Coroutine[Any, Any, None]], None] = asyncio.run,
) -> None:
    """Be such a child: ``prepare`` is given the job and gives what to do on the word, which answers Work's counts."""

    async def be() -> None:
        async with prepare(json.loads(sys.stdin.readline())) as do:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            sys.stdin.readline()
            before, began = _busy(), time.monotonic()
            counts = await do()
            ended = time.monotonic()
            sys.stdout.write(json.dumps({**counts, "began": began, "ended": ended, "busy": _busy() - before}) + "\n")
            sys.stdout.flush()
            sys.stdin.read()  # until what all of them took has been looked at

    run(be())


@asynccontextmanager
async def provider_process() -> AsyncIterator[str]:
    """The base URL of a provider of ``benchmarks.provider``."""
    process = await _start("benchmarks.provider")
    try:
        yield f"http://127.0.0.1:{int(await _line(process, 'the provider'))}"
    finally:
        await _end(process)


async def _start(module: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        limit=2**28,
    )


async def _line(process: asyncio.subprocess.Process, name: str) -> bytes:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError(f"{name} ended with status {await process.wait()}")
    return line


async def _end(process: asyncio.subprocess.Process) -> None:
    """They go when their standard input ends; one that does not is killed."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(_SECONDS_TO_STOP):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _busy() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
