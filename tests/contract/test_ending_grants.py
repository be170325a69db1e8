from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import ConnectionStatus
from domain.ports import Ending, EndingGrants
from tests.contract.connecting import connect
from tests.contract.stores import Stores

DAY = timedelta(days=1)
MANY = 100


@pytest.fixture
def ending(stores: Stores) -> EndingGrants:
    return stores.ending_grants


async def test_grants_are_counted_by_which_end_comes_within_the_time(
    ending: EndingGrants, stores: Stores, organisation: Organisation, app: App
) -> None:
    before = await ending.count(within=7 * DAY, most=MANY)
    await connect(stores, organisation, app, grant_final_at=later(6), grant_idle_at=later(8))
    await connect(stores, organisation, app, grant_final_at=later(8), grant_idle_at=later(6))
    await connect(stores, organisation, app, grant_final_at=later(-1))
    await connect(stores, organisation, app)
    assert await ending.count(within=7 * DAY, most=MANY) == Ending(final=before.final + 2, idle=before.idle + 1)


async def test_what_is_no_longer_active_has_ended_already(
    ending: EndingGrants, stores: Stores, organisation: Organisation, app: App
) -> None:
    before = await ending.count(within=DAY, most=MANY)
    await connect(stores, organisation, app, grant_final_at=later(0), status=ConnectionStatus.NEEDS_REAUTHORIZATION)
    assert await ending.count(within=DAY, most=MANY) == before


async def test_no_more_are_counted_than_are_asked_for(
    ending: EndingGrants, stores: Stores, organisation: Organisation, app: App
) -> None:
    for _ in range(3):
        await connect(stores, organisation, app, grant_final_at=later(0), grant_idle_at=later(0))
    assert await ending.count(within=DAY, most=2) == Ending(final=2, idle=2)


def later(days: float) -> datetime:
    return datetime.now(UTC) + days * DAY
