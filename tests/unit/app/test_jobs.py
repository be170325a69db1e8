"""Each job runs again and again, whatever becomes of a batch, and ends with its process."""

import asyncio

import attrs
import pytest
from prometheus_client import REGISTRY

from app.jobs.runner import running
from app.metrics import exposition
from domain.errors import StorageUnavailable

AT_ONCE = 0.001
NEVER = 3600.0


@attrs.define
class Scripted:
    """A job that does in each batch what it is told: more to do, nothing more, or an error."""

    batches: list[bool | Exception]
    late: float = 0.0
    done: int = 0
    changed: asyncio.Condition = attrs.field(factory=asyncio.Condition)

    async def __call__(self) -> bool:
        outcome = self.batches[min(self.done, len(self.batches) - 1)]
        async with self.changed:
            self.done += 1
            self.changed.notify_all()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def seconds_late(self) -> float:
        return self.late

    async def until_done(self, batches: int) -> None:
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: self.done >= batches)


def measured(name: str, job: str) -> float:
    return REGISTRY.get_sample_value(name, {"job": job}) or 0.0


async def test_while_there_is_more_it_goes_on_at_once_and_then_waits() -> None:
    job = Scripted([True, True, False])
    async with running({"more": job}, interval_seconds=NEVER):
        await job.until_done(3)
    assert job.done == 3


async def test_where_there_is_nothing_more_it_comes_again_after_its_interval() -> None:
    job = Scripted([False])
    async with running({"again": job}, interval_seconds=AT_ONCE):
        await job.until_done(5)


async def test_a_job_may_come_again_oftener_than_the_others() -> None:
    class Often(Scripted):
        share_of_interval = AT_ONCE / NEVER

    job = Often([False])
    async with running({"often": job}, interval_seconds=NEVER):
        await job.until_done(5)


@pytest.mark.parametrize("error", [StorageUnavailable(), RuntimeError("a defect")], ids=["store away", "defect"])
async def test_after_a_failure_it_is_tried_again(error: Exception) -> None:
    job = Scripted([error, error, False])
    before = measured("switchboard_job_failures_total", "failing")
    async with running({"failing": job}, interval_seconds=AT_ONCE):
        await job.until_done(3)
    assert measured("switchboard_job_failures_total", "failing") == before + 2


async def test_a_job_that_counts_is_measured_by_how_what_it_has_before_it_stands() -> None:
    class Counting(Scripted):
        async def counts(self) -> dict[str, int]:
            return {"waiting": 3, "set_aside": 1}

    job = Counting([False])
    async with running({"counting": job}, interval_seconds=NEVER):
        await job.until_done(1)
    backlog = [
        REGISTRY.get_sample_value("switchboard_job_backlog", {"job": "counting", "state": state})
        for state in ("waiting", "set_aside")
    ]
    assert backlog == [3, 1]


async def test_one_that_fails_does_not_hold_up_another() -> None:
    failing, working = Scripted([RuntimeError("a defect")]), Scripted([False])
    async with running({"failing": failing, "working": working}, interval_seconds=AT_ONCE):
        await working.until_done(5)


async def test_stopping_ends_the_batch_under_way_and_begins_no_other() -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), []

    class Slow:
        async def __call__(self) -> bool:
            begun.set()
            await may_end.wait()
            ended.append(1)
            return True

        async def seconds_late(self) -> float:
            return 0.0

    async def serve() -> None:
        async with running({"slow": Slow()}, interval_seconds=AT_ONCE):
            await begun.wait()

    serving = asyncio.create_task(serve())
    await begun.wait()
    assert not serving.done()
    may_end.set()
    await serving
    assert ended == [1]


async def test_how_late_a_job_runs_is_measured_and_answered_to_prometheus() -> None:
    job = Scripted([False], late=12.5)
    async with running({"measured": job}, interval_seconds=NEVER):
        await job.until_done(1)
    assert measured("switchboard_job_lateness_seconds", "measured") == 12.5
    assert measured("switchboard_job_last_success_timestamp_seconds", "measured") > 0
    assert b'switchboard_job_lateness_seconds{job="measured"} 12.5' in exposition()
