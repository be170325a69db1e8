"""R2, R7, R8 and C40 to C43: one refresh for all replicas, and a holder that was stopped beyond its lease.

Three replicas in this process, on one Postgres and one Vault. A holder is stopped by the provider, which does not
answer; its lease is over when the row says so.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial

import attrs
import httpx
import pytest
from dependency_injector import providers

from app.container import Container
from app.use_cases.read_grant import path_of
from domain.connections import ConnectionStatus
from domain.ids import ConnectionId, OrganisationId
from domain.ports import Lease, RefreshLeases
from domain.refreshes import Presented
from tests.support.domain_examples import a_grant
from tests.support.postgres import behind
from tests.support.service import Caller, Service, Setting, a_replica, answered
from tests.support.waiting import until

_LEASES_ARE_OVER = "UPDATE refresh_leases SET held_until = clock_timestamp() WHERE held_until > clock_timestamp()"
_LEASES_HELD = "SELECT count(*) AS number FROM refresh_leases WHERE held_until > clock_timestamp()"


@attrs.frozen
class AheadClock:
    """A replica's clock that is an hour off."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
async def replicas(service: Service) -> AsyncIterator[Sequence[Service]]:
    """The service and two more; the last one's clock is an hour ahead."""

    def ahead(container: Container) -> None:
        container.clock.override(providers.Object(AheadClock()))

    async with AsyncExitStack() as stack:
        second = await stack.enter_async_context(a_replica(service))
        third = await stack.enter_async_context(a_replica(service, arrange=ahead))
        yield service, second, third


async def ask(caller: Caller, replica: Service, connection: str, **body: object) -> httpx.Response:
    """The same caller's token request at this replica."""
    async with replica.http(None) as http:
        http.headers = caller.http.headers
        return await attrs.evolve(caller, http=http).token(connection, **body)


async def leases_are_over(service: Service) -> None:
    async with behind(service.container.pool()) as connection:
        await connection.execute(_LEASES_ARE_OVER)


async def stored(service: Service, relay: Setting, connection: str) -> str:
    """The access token that Vault has."""
    organisation = OrganisationId(relay.caller.organisation_id)
    found = await service.container.connections().get(organisation, ConnectionId(connection))
    grant = (await service.container.read_grant()(found)).grant
    assert grant is not None
    return grant.access_token.reveal()


async def test_c40_of_many_callers_on_three_replicas_one_refreshes(relay: Setting, replicas: Sequence[Service]) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=7200)
    answers = await asyncio.gather(*(ask(relay.caller, replicas[n % 3], connection) for n in range(60)))
    assert len({answered(answer)["access_token"] for answer in answers}) == 1
    assert await relay.refreshes() == 1


async def test_c40_of_many_callers_who_are_known_everywhere_one_refreshes(
    relay: Setting, replicas: Sequence[Service]
) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    for replica in replicas:
        await until(partial(replica.container.hints().heard_within, 0.5))
        async with replica.http(None) as http:
            http.headers = relay.caller.http.headers
            answered(await attrs.evolve(relay.caller, http=http).get("connections"))
    await relay.script(access_token_lifetime_seconds=7200)
    storm = (ask(relay.caller, replicas[n % 3], connection) for n in range(150))
    answers = await asyncio.gather(*storm)
    assert len({answered(answer)["access_token"] for answer in answers}) == 1
    assert await relay.refreshes() == 1


async def test_a_rejected_token_is_replaced_by_one_refresh_on_all_replicas(
    relay: Setting, replicas: Sequence[Service]
) -> None:
    connection = await relay.connection()
    token = answered(await relay.caller.token(connection))["access_token"]
    rejected = hashlib.sha256(token.encode()).hexdigest()
    answers = await asyncio.gather(
        *(ask(relay.caller, replicas[n % 2], connection, rejected=rejected) for n in range(40))
    )
    assert len({answered(answer)["access_token"] for answer in answers} | {token}) == 2
    assert await relay.refreshes() == 1


async def test_r2_a_clock_that_is_an_hour_ahead_ends_no_lease(relay: Setting, replicas: Sequence[Service]) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=7200, hold_token=True)
    first = asyncio.create_task(ask(relay.caller, replicas[0], connection))
    await relay.provider.until_held(relay.client_id)
    ahead = asyncio.create_task(ask(relay.caller, replicas[2], connection))
    await until_polled(replicas[2])
    await relay.script(hold_token=False)
    await relay.provider.release(relay.client_id)
    assert answered(await ahead)["access_token"] == answered(await first)["access_token"]
    assert await relay.refreshes() == 1


async def until_polled(replica: Service) -> None:
    """Return when a caller of this replica waits for another's lease."""
    waiting = replica.container.hinted_pause()._waiting
    async with asyncio.timeout(10):
        while not waiting:  # noqa: ASYNC110 - what happens is another task's, and tells nobody
            await asyncio.sleep(0.005)


async def test_c42_a_holder_that_was_stopped_beyond_its_lease_overwrites_nothing(
    relay: Setting, replicas: Sequence[Service]
) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0, rotate=False)
    await relay.script(access_token_lifetime_seconds=3600, hold_token=True)
    stopped = asyncio.create_task(ask(relay.caller, replicas[0], connection))
    await relay.provider.until_held(relay.client_id)
    await leases_are_over(replicas[0])
    await relay.script(hold_token=False)
    newer = answered(await ask(relay.caller, replicas[1], connection))["access_token"]
    await relay.provider.release(relay.client_id)
    assert answered(await stopped)["access_token"] == newer
    assert await stored(replicas[0], relay, connection) == newer
    assert await relay.refreshes() == 2


async def test_c43_a_holder_whose_token_another_spent_looks_again(relay: Setting, replicas: Sequence[Service]) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=3600, hold_before_effect=True)
    stopped = asyncio.create_task(ask(relay.caller, replicas[0], connection))
    await relay.provider.until_held(relay.client_id)
    await leases_are_over(replicas[0])
    await relay.script(hold_before_effect=False)
    newer = answered(await ask(relay.caller, replicas[1], connection))["access_token"]
    await relay.provider.release(relay.client_id)
    assert answered(await stopped)["access_token"] == newer
    assert answered(await relay.caller.get(f"connections/{connection}"))["status"] == "active"
    ledger = await relay.provider.ledger(relay.client_id)
    assert ledger.count("refresh_token_reused") == 1


async def test_c43_an_invalid_grant_ends_nothing_where_a_stopped_holders_grant_has_landed(
    relay: Setting, service: Service
) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(hold_before_effect=True, token_error="invalid_grant")
    caller = asyncio.create_task(relay.caller.token(connection))
    await relay.provider.until_held(relay.client_id)
    organisation = OrganisationId(relay.caller.organisation_id)
    found = await service.container.connections().get(organisation, ConnectionId(connection))
    landed = a_grant(expires_at=datetime.now(UTC) + timedelta(hours=1))
    await service.container.secrets().write(path_of(found), landed.to_document(), version=found.secret_version)
    await relay.provider.release(relay.client_id)
    assert answered(await caller)["access_token"] == landed.access_token.reveal()
    read = await service.container.connections().get(organisation, ConnectionId(connection))
    assert (read.status, read.secret_version) == (ConnectionStatus.ACTIVE, found.secret_version + 1)


@attrs.frozen
class SlowJournal:
    """Leases whose holder is stopped just before it journals."""

    beneath: RefreshLeases
    reached: asyncio.Event = attrs.field(factory=asyncio.Event)
    goes_on: asyncio.Event = attrs.field(factory=asyncio.Event)

    def __getattr__(self, name: str) -> object:
        return getattr(self.beneath, name)

    async def journal(self, lease: Lease, presented: Presented, *, seconds: float) -> int:
        self.reached.set()
        await self.goes_on.wait()
        return await self.beneath.journal(lease, presented, seconds=seconds)


async def test_c42_a_holder_that_was_overtaken_before_it_journalled_sends_nothing(
    relay: Setting, replicas: Sequence[Service]
) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=3600)
    slow = SlowJournal(replicas[1].container.leases())
    replicas[1].container.leases.override(providers.Object(slow))
    stopped = asyncio.create_task(ask(relay.caller, replicas[1], connection))
    await slow.reached.wait()
    await leases_are_over(replicas[1])
    newer = answered(await ask(relay.caller, replicas[0], connection))["access_token"]
    slow.goes_on.set()
    assert answered(await stopped)["access_token"] == newer
    assert await relay.refreshes() == 1
    assert (await relay.provider.ledger(relay.client_id)).count("refresh_token_reused") == 0


async def test_r10_no_lease_is_held_once_all_is_answered(relay: Setting, replicas: Sequence[Service]) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=0)
    for fault in ({}, {"token_status": 429}, {"token_error": "invalid_grant"}):
        await relay.script(**fault, token_faults_left=1)
        await asyncio.gather(*(ask(relay.caller, replica, connection) for replica in replicas[:2]))
        async with behind(replicas[0].container.pool()) as postgres:
            [row] = await (await postgres.execute(_LEASES_HELD)).fetchall()
        assert row["number"] == 0
