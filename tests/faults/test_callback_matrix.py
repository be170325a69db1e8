"""A callback, met by each fault at each of its steps, on real processes: the rows K2 to K9 of ``matrix.py``."""

import asyncio
import os
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.faults.matrix import CALLBACK, Case, End, Fault, cases
from tests.faults.meeting import meet
from tests.faults.reckoning import Reckoning, reckon
from tests.faults.world import World
from tests.support.postgres import behind
from tests.support.service import Setting
from tests.support.waiting import until

ALL = os.environ.get("FAULTS") == "all"
CASES = [case for case in cases(CALLBACK) if ALL or case.in_gate]
STATUS_OF = {
    End.UNTOUCHED: "connected",
    End.KEPT: "connected",
    End.UNSENT: "interrupted",
    End.FAILED: "failed",
    End.LOST_ANSWER: "failed",
    End.LOST: "interrupted",
}
GRANTED = {End.UNTOUCHED, End.KEPT, End.LOST_ANSWER, End.LOST}


@pytest.fixture
async def relay(world: World) -> AsyncIterator[Setting]:
    async with world.relay() as relay:
        yield relay
    await world.well_again()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_what_becomes_of_a_callback(world: World, relay: Setting, case: Case) -> None:
    started, callback = await relay.relayed()
    told = await meet(
        world, case, lambda: relay.caller.callback(callback), meanwhile=lambda: _taken_over(world, relay, callback)
    )
    await world.well_again()
    await _let_deadlines_pass(world, relay, but_for_those_alive=case.fault in {Fault.CANCEL_BEFORE, Fault.CANCEL_AFTER})
    async with world.at_rescuer(relay.caller) as caller:
        again = await caller.callback(callback)
        flow = await caller.flow(started["flowId"])
    assert flow["status"] == STATUS_OF[case.end], (told, again.text)
    assert (again.status_code == 201) is (flow["status"] == "connected"), again.text
    assert told != 201 or flow["status"] == "connected"
    _check(case, await _reckoned(world, relay))


async def _taken_over(world: World, relay: Setting, callback: str) -> None:
    """What another replica does with the same callback once the first one's time is over."""
    await _let_deadlines_pass(world, relay)
    async with world.at_rescuer(relay.caller) as caller:
        await caller.callback(callback)


async def _let_deadlines_pass(world: World, relay: Setting, *, but_for_those_alive: bool = False) -> None:
    if but_for_those_alive:
        return
    async with behind(world.pool) as connection:
        await connection.execute(
            "UPDATE flows SET overdue_at = clock_timestamp() WHERE organisation_id = %s AND overdue_at IS NOT NULL",
            [relay.caller.organisation_id],
        )


async def _reckoned(world: World, relay: Setting) -> Reckoning:
    """Once what waits sealed has been drained."""

    async def drained() -> bool:
        return not (await reckon(world, relay)).sealed

    await until(drained)
    return await reckon(world, relay)


def _check(case: Case, reckoning: Reckoning) -> None:
    reckoning.check()
    sent = [seen for seen in reckoning.ledger.token_requests if seen.code_sha256 is not None]
    assert len(sent) == (0 if case.end in {End.UNSENT, End.FAILED} else 1)
    assert len(reckoning.issued()) == (1 if case.end in GRANTED else 0)
    assert len(reckoning.kept()) == (1 if STATUS_OF[case.end] == "connected" else 0)


async def test_k7_with_both_stores_down_until_the_process_dies_the_grant_is_lost(world: World, relay: Setting) -> None:
    started, callback = await relay.relayed()
    armed = world.victim.failpoints.arm("exchanger.send", "after", "hold")
    request = asyncio.create_task(relay.caller.callback(callback))
    await armed.until_met()
    world.vault.goes_down()
    world.postgres.goes_down()
    world.victim.failpoints.disarm_all()
    with pytest.raises(httpx.TransportError):
        await _killed_after(world, request)
    await world.well_again()
    await _let_deadlines_pass(world, relay)
    async with world.at_rescuer(relay.caller) as caller:
        await caller.callback(callback)
        assert (await caller.flow(started["flowId"]))["status"] == "interrupted"
    reckoning = await _reckoned(world, relay)
    assert (len(reckoning.issued()), len(reckoning.kept())) == (1, 0)


async def _killed_after(world: World, request: "asyncio.Task[httpx.Response]") -> None:
    world.victim.served.kill()
    await request
