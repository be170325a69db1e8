"""The failpoints themselves: a step that is armed fails as ordered, once, in a real process."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import psutil
import pytest

from tests.faults.world import World
from tests.support.service import Setting, answered, refused


@pytest.fixture
async def relay(world: World) -> AsyncIterator[Setting]:
    async with world.relay() as relay:
        yield relay
    await world.well_again()


async def test_every_port_call_is_a_step(world: World) -> None:
    assert {"flows.claim", "flows.record_connected", "vault_secrets.write", "exchanger.send"} <= set(
        world.victim.failpoints.steps()
    )


async def test_nobody_arms_what_is_no_step(world: World) -> None:
    with pytest.raises(ValueError, match="no step"):
        world.victim.failpoints.arm("flows.no_such_call", "before", "raise")


async def test_what_refuses_once_works_the_next_time(world: World, relay: Setting) -> None:
    _, callback = await relay.relayed()
    armed = world.victim.failpoints.arm("flows.find_by_state", "before", "refuse")
    refused(await relay.caller.callback(callback), 503, "storage_unavailable")
    assert armed.is_met()
    answered(await relay.caller.callback(callback), 201)


async def test_a_step_may_be_passed_some_times_and_then_fail_always(world: World, relay: Setting) -> None:
    _, callback = await relay.relayed()
    armed = world.victim.failpoints.arm("flows.find_by_state", "before", "raise", always=True, skip=1)
    answered(await relay.caller.callback(callback), 201)
    for _ in range(2):
        assert (await relay.caller.callback(callback)).status_code == 500
    armed.disarm()
    answered(await relay.caller.callback(callback), 201)


async def test_what_is_held_goes_on_when_it_is_released(world: World, relay: Setting) -> None:
    _, callback = await relay.relayed()
    armed = world.victim.failpoints.arm("exchanger.send", "before", "hold")
    request = asyncio.create_task(relay.caller.callback(callback))
    await armed.until_met()
    assert not await relay.token_requests()
    armed.release()
    answered(await request, 201)


async def test_a_worker_that_kills_itself_is_replaced(world: World, relay: Setting) -> None:
    _, callback = await relay.relayed()
    world.victim.failpoints.arm("flows.find_by_state", "after", "kill")
    with pytest.raises(httpx.TransportError):
        await relay.caller.callback(callback)
    await world.well_again()
    answered(await relay.caller.callback(callback), 201)


async def test_a_worker_that_stops_itself_goes_on_when_told(world: World, relay: Setting) -> None:
    _, callback = await relay.relayed()
    armed = world.victim.failpoints.arm("flows.find_by_state", "after", "stop")
    request = asyncio.create_task(relay.caller.callback(callback))
    await armed.until_met()
    workers = psutil.Process(world.victim.served.process.pid).children(recursive=True)
    assert psutil.STATUS_STOPPED in {worker.status() for worker in workers}
    world.victim.go_on()
    answered(await request, 201)


async def test_a_cancelled_request_is_cancelled_before_its_claim(world: World, relay: Setting) -> None:
    _, callback = await relay.relayed()
    world.victim.failpoints.arm("flows.find_by_state", "after", "cancel")
    assert (await relay.caller.callback(callback)).text == "Internal server error"  # granian's own
    answered(await relay.caller.callback(callback), 201)
