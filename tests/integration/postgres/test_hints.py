"""What one process hears of another over Postgres, and what it says of itself while the line is bad."""

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.hints import PostgresHints
from adapters.postgres.pool import Pool
from domain.ports import Hint, HintKind
from domain.secret import Secret
from tests.contract import leasing
from tests.contract.connecting import connect
from tests.contract.stores import Stores, postgres_stores
from tests.integration.postgres.line import Line
from tests.support.domain_examples import an_api_key, an_app, an_organisation
from tests.support.hints import Listener, Noted, a_connection_hint, postgres_hints
from tests.support.postgres import behind
from tests.support.waiting import until


@pytest.fixture
def stores(postgres_pool: Pool) -> Stores:
    return postgres_stores(postgres_pool)


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
async def hints(postgres_pool: Pool, line: Line, noted: Noted) -> AsyncIterator[PostgresHints]:
    """Those of a process whose direct connection is over the line."""
    async with postgres_hints(postgres_pool, line.dsn, noted) as hints:
        await until(lambda: hints.heard_within(5))
        yield hints


@pytest.fixture
def listener(hints: PostgresHints) -> Listener:
    hints.subscribe(listener := Listener())
    return listener


async def test_what_another_process_publishes_is_heard_once(
    postgres_pool: Pool, migrated_database: Secret, listener: Listener
) -> None:
    async with postgres_hints(postgres_pool, migrated_database) as other:
        first, last = a_connection_hint(), a_connection_hint()
        other.publish(first)
        await until(lambda: first in listener.heard)
        other.publish(last)
        await until(lambda: last in listener.heard)
    assert listener.heard == [first, last]


async def test_what_is_published_here_does_not_come_back(
    postgres_pool: Pool, migrated_database: Secret, hints: PostgresHints, listener: Listener
) -> None:
    hints.publish(ours := a_connection_hint())
    async with postgres_hints(postgres_pool, migrated_database) as other:
        other.subscribe(theirs := Listener())
        await until(lambda: other.heard_within(5))
        hints.publish(ours)
        await until(lambda: ours in theirs.heard)
        other.publish(last := a_connection_hint())
        await until(lambda: last in listener.heard)
    assert listener.heard == [ours, ours, last]


async def test_a_key_that_is_deleted_is_told_of_by_the_store_itself(stores: Stores, listener: Listener) -> None:
    await stores.organisations.add(organisation := an_organisation())
    await stores.api_keys.add(key := an_api_key(organisation))
    await stores.api_keys.delete(organisation.id, key.id)
    await until(lambda: Hint(HintKind.API_KEY, key.id) in listener.heard)


async def test_a_connection_that_ends_is_told_of_and_one_that_is_refreshed_is_not(
    stores: Stores, listener: Listener
) -> None:
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    refreshed = await connect(stores, organisation, app, secret_version=1)
    ended = await connect(stores, organisation, app, secret_version=1)
    await leasing.refreshed(stores.leases, refreshed, version=2)
    await leasing.ended(stores.leases, ended)
    await until(lambda: bool(listener.heard))
    assert listener.heard == [Hint(HintKind.CONNECTION, ended.id)]


async def test_a_connection_that_was_dropped_is_made_again_and_says_that_hints_were_missed(
    postgres_pool: Pool, listener: Listener
) -> None:
    async with behind(postgres_pool) as connection:
        await connection.execute("SET ROLE NONE")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'switchboard-hints' AND datname = current_database()"
        )
    await until(lambda: listener.times_missed == 1)


async def test_a_line_on_which_nothing_arrives_is_silence_and_then_heard_again(
    hints: PostgresHints, line: Line
) -> None:
    line.freeze()
    await until(lambda: not hints.heard_within(0.75))
    line.mend()
    await until(lambda: hints.heard_within(0.75))


async def test_a_server_that_is_gone_is_noted_once_and_so_is_its_return(
    hints: PostgresHints, line: Line, noted: Noted
) -> None:
    line.cut()
    await until(lambda: not hints.heard_within(1))
    line.mend()
    await until(lambda: hints.heard_within(0.75))
    assert noted.events == ["hints_heard", "hints_unheard", "hints_heard"]
