"""Have a request meet a fault of the matrix at its step."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from tests.faults.matrix import Case, Fault
from tests.faults.world import World
from tests.support.failpoints import Action, When

_ORDERS: dict[Fault, tuple[When, Action]] = {
    Fault.KILL_BEFORE: ("before", "kill"),
    Fault.KILL_AFTER: ("after", "kill"),
    Fault.STOP_BEFORE: ("before", "stop"),
    Fault.STOP_AFTER: ("after", "stop"),
    Fault.TERMINATE: ("before", "terminate"),
    Fault.DEFECT_BEFORE: ("before", "raise"),
    Fault.DEFECT_AFTER: ("after", "raise"),
    Fault.TIMEOUT_BEFORE: ("before", "refuse"),
    Fault.TIMEOUT_AFTER: ("after", "refuse"),
    Fault.VAULT_DOWN: ("before", "hold"),
    Fault.POSTGRES_DOWN: ("before", "hold"),
    Fault.CANCEL_BEFORE: ("before", "cancel"),
    Fault.CANCEL_AFTER: ("after", "cancel"),
}


async def meet(
    world: World, case: Case, ask: Callable[[], Awaitable[httpx.Response]], *, meanwhile: Callable[[], Awaitable[None]]
) -> int | None:
    """Ask the victim, which meets the fault, and say what was told: a status, or None for no answer.

    ``meanwhile`` is what others do while the victim stands still.
    """
    if case.step.led_to_by is not None:
        world.victim.failpoints.arm(case.step.led_to_by, "before", "refuse")
    when, action = _ORDERS[case.fault]
    armed = world.victim.failpoints.arm(case.step.call, when, action)
    request = asyncio.ensure_future(_told(ask))
    await armed.until_met()
    if case.fault in {Fault.STOP_BEFORE, Fault.STOP_AFTER}:
        await meanwhile()
        world.victim.go_on()
    elif case.fault is Fault.VAULT_DOWN:
        world.vault.goes_down()
        armed.release()
    elif case.fault is Fault.POSTGRES_DOWN:
        world.postgres.goes_down()
        armed.release()
    told = await request
    if case.fault is Fault.TERMINATE:
        await asyncio.to_thread(world.victim.served.process.finish, within_seconds=90)
    return told


async def _told(ask: Callable[[], Awaitable[httpx.Response]]) -> int | None:
    try:
        return (await ask()).status_code
    except httpx.TransportError:
        return None
