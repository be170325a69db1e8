"""Run each job again and again, on every replica: which replica works on what is the stores' to say (SKIP LOCKED)."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol, runtime_checkable

import structlog

from app.metrics import JOB_BACKLOG, JOB_FAILURES, JOB_LATENESS, JOB_SUCCESS
from domain.errors import StorageUnavailable

log = structlog.get_logger(__name__)

_INTERVAL_SECONDS = 5.0
_LONGEST_BACK_OFF_SECONDS = 60.0
_DOUBLINGS = 10


class Job(Protocol):
    """What is done in batches, of which one lasts some seconds at most."""

    async def __call__(self) -> bool:
        """Do a batch; whether there may be more to do."""

    async def seconds_late(self) -> float:
        """For how long the longest due has been due."""


@runtime_checkable
class Counted(Protocol):
    """A job that tells more than how late it is."""

    async def counts(self) -> Mapping[str, int]:
        """How many things it has before it, by how they stand."""


@runtime_checkable
class Paced(Protocol):
    """A job that looks oftener than the others, or more rarely."""

    share_of_interval: float
    """How many of the usual intervals lie between two of its runs."""


@asynccontextmanager
async def running(jobs: Mapping[str, Job], *, interval_seconds: float = _INTERVAL_SECONDS) -> AsyncIterator[None]:
    """Run the jobs, by name, meanwhile; at the end let the batches under way end."""
    stopping = asyncio.Event()
    loops = [asyncio.create_task(_repeat(name, job, stopping, interval_seconds)) for name, job in jobs.items()]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*loops)


async def _repeat(name: str, job: Job, stopping: asyncio.Event, interval_seconds: float) -> None:
    failures = 0
    if isinstance(job, Paced):
        interval_seconds *= job.share_of_interval
    while not stopping.is_set():
        try:
            more = await _run(name, job)
        except Exception as error:  # noqa: BLE001 - a defect in one batch must not end the job on this replica
            failures += 1
            _note_failure(name, error)
            await _pause(stopping, min(interval_seconds * 2 ** min(failures, _DOUBLINGS), _LONGEST_BACK_OFF_SECONDS))
            continue
        failures = 0
        await _pause(stopping, 0 if more else interval_seconds)


async def _run(name: str, job: Job) -> bool:
    JOB_LATENESS.labels(name).set(await job.seconds_late())
    if isinstance(job, Counted):
        for state, number in (await job.counts()).items():
            JOB_BACKLOG.labels(name, state).set(number)
    more = await job()
    JOB_SUCCESS.labels(name).set_to_current_time()
    return more


def _note_failure(name: str, error: Exception) -> None:
    JOB_FAILURES.labels(name).inc()
    if isinstance(error, StorageUnavailable):
        log.warning("job_failed", job=name, reason=error.message)
    else:
        log.error("job_failed", job=name, exc_info=error)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    """Wait about so long, or until all is to stop; replicas that began together do not go on together."""
    try:
        async with asyncio.timeout(seconds * random.uniform(0.5, 1.5)):  # noqa: S311 - jitter
            await stopping.wait()
    except TimeoutError:
        return
