"""A refresh, met by each fault at each of its steps, on real processes: the rows R1 to R8 of ``matrix.py``.

The provider rotates, and forgives the repetition of a token whose successor nobody has shown: what the page tells of
the window is what another provider does then.
"""

import os
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.faults.matrix import REFRESH, Case, End, cases
from tests.faults.meeting import meet
from tests.faults.reckoning import Reckoning, reckon
from tests.faults.world import World
from tests.support.postgres import behind
from tests.support.service import Caller, Setting
from tests.support.waiting import until

CASES = [case for case in cases(REFRESH) if os.environ.get("FAULTS") == "all" or case.in_gate]


@pytest.fixture
async def relay(world: World) -> AsyncIterator[Setting]:
    async with world.relay() as relay:
        yield relay
    await world.well_again()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_what_becomes_of_a_refresh(world: World, relay: Setting, case: Case) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0, forgives_repetition=True)
    await meet(
        world,
        case,
        lambda: relay.caller.token(connection),
        meanwhile=lambda: _until_issued(world, relay, connection),
    )
    await world.well_again()
    await _until_issued(world, relay, connection)
    reckoning = await _reckoned(world, relay)
    reckoning.check()
    assert len(reckoning.kept()) == 1
    refreshes = [seen for seen in reckoning.ledger.token_requests if seen.refresh_token_sha256 is not None]
    assert len(refreshes) == (2 if case.end is End.REPEATED else 1)
    assert len({seen.refresh_token_sha256 for seen in refreshes}) == 1


async def _until_issued(world: World, relay: Setting, connection: str) -> None:
    """Ask the other replica for a token until there is one; nobody's lease or rest stands in the way."""

    async def issued() -> bool:
        await _let_leases_pass(world, relay)
        return (await _asked(caller, connection)) == httpx.codes.OK

    async with world.at_rescuer(relay.caller) as caller:
        await until(issued)


async def _asked(caller: Caller, connection: str) -> int:
    return (await caller.token(connection)).status_code


async def _let_leases_pass(world: World, relay: Setting) -> None:
    async with behind(world.pool) as connection:
        await connection.execute(
            "UPDATE refresh_leases SET held_until = clock_timestamp(), not_before = NULL WHERE organisation_id = %s",
            [relay.caller.organisation_id],
        )


async def _reckoned(world: World, relay: Setting) -> Reckoning:
    """Once what waits sealed has been drained."""

    async def drained() -> bool:
        return not (await reckon(world, relay)).sealed

    await until(drained)
    return await reckon(world, relay)
