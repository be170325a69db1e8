import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection, ConnectionStatus
from domain.ports import DueRefreshes
from tests.contract.connecting import connect
from tests.contract.leasing import taken
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import a_grant

HOUR = timedelta(hours=1)
SECONDS = 60.0


@pytest.fixture
def due(stores: Stores) -> DueRefreshes:
    return stores.due_refreshes


async def test_the_longest_due_are_taken_first(
    due: DueRefreshes, stores: Stores, organisation: Organisation, app: App
) -> None:
    late = [await connect(stores, organisation, app, refresh_due_at=now() - hours * HOUR) for hours in (1, 3, 2)]
    await connect(stores, organisation, app, refresh_due_at=now() + HOUR)
    await connect(stores, organisation, app, refresh_due_at=None)
    assert set(ids(await due.take(first=2, seconds=SECONDS))) == set(ids([late[1], late[2]]))
    assert ids(await due.take(first=2, seconds=SECONDS)) == ids([late[0]])


async def test_of_takers_at_once_each_connection_goes_to_one(
    due: DueRefreshes, stores: Stores, organisation: Organisation, app: App
) -> None:
    late = [await connect(stores, organisation, app, refresh_due_at=now() - HOUR) for _ in range(6)]
    takings = await asyncio.gather(*(due.take(first=6, seconds=SECONDS) for _ in range(4)))
    seen = [connection.id for taking in takings for connection in taking]
    assert sorted(seen) == sorted(connection.id for connection in late)


async def test_what_was_taken_and_not_refreshed_is_due_again_after_its_seconds(
    due: DueRefreshes, stores: Stores, organisation: Organisation, app: App, time: Time
) -> None:
    await connect(stores, organisation, app, refresh_due_at=now() - HOUR)
    await due.take(first=1, seconds=SECONDS)
    assert await due.take(first=1, seconds=SECONDS) == []
    await time.passes(timedelta(seconds=SECONDS + 1))
    assert len(await due.take(first=1, seconds=SECONDS)) == 1


async def test_a_recorded_refresh_says_when_the_next_is_due(
    due: DueRefreshes, stores: Stores, organisation: Organisation, app: App, time: Time
) -> None:
    connection = await connect(stores, organisation, app, refresh_due_at=now() - HOUR)
    lease = await taken(stores.leases, connection)
    grant = a_grant(obtained_at=now(), expires_at=now() + HOUR)
    await stores.leases.record(lease, grant, secret_version=connection.secret_version + 1)
    assert await due.take(first=1, seconds=SECONDS) == []
    await time.passes(HOUR)
    assert ids(await due.take(first=1, seconds=SECONDS)) == [connection.id]


async def test_a_connection_that_issues_nothing_is_never_due(
    due: DueRefreshes, stores: Stores, organisation: Organisation, app: App
) -> None:
    ended = ConnectionStatus.NEEDS_REAUTHORIZATION
    await connect(stores, organisation, app, refresh_due_at=now() - HOUR, status=ended)
    assert await due.take(first=1, seconds=SECONDS) == []
    assert await due.seconds_late() == 0


async def test_how_late_the_longest_due_is(
    due: DueRefreshes, stores: Stores, organisation: Organisation, app: App
) -> None:
    assert await due.seconds_late() == 0
    await connect(stores, organisation, app, refresh_due_at=now() - HOUR)
    await connect(stores, organisation, app, refresh_due_at=now() - 2 * HOUR)
    assert 7100 <= await due.seconds_late() < 7300


def now() -> datetime:
    return datetime.now(UTC)


def ids(connections: Sequence[Connection]) -> list[str]:
    return [connection.id for connection in connections]
