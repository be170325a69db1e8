"""Discovery: fetched once for many, kept by its headers, older while it cannot be had, never a reason to hang (C34)."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from app.use_cases import discover_client
from app.use_cases.discover_client import DiscoverClient
from app.use_cases.in_flight import InFlight
from domain.auth_configs import OidcConfig
from domain.errors import ProviderProtocolError, ProviderUnavailable
from domain.oauth.http import ProviderRequest, ProviderResponse
from domain.ports import NothingSent
from tests.unit.domain.examples import ISSUER, an_answer
from tests.unit.domain.oauth.documents import DOCUMENT

CONFIG = OidcConfig(discovery_url=ISSUER, client_id="client")
HOUR = timedelta(hours=1)


@attrs.define
class Clock:
    time: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@attrs.define
class Provider:
    """A TokenExchanger whose answer is the test's, given when it is let go."""

    answer: Callable[[], ProviderResponse]
    asked: int = 0
    let_go: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def send(self, _: ProviderRequest) -> ProviderResponse:
        self.asked += 1
        await self.let_go.wait()
        return self.answer()


def a_document(max_age: int | None = None, **members: Any) -> ProviderResponse:
    return attrs.evolve(an_answer(json.dumps(DOCUMENT | members)), max_age=max_age)


def down() -> ProviderResponse:
    return attrs.evolve(a_document(), status=503)


def unreachable() -> ProviderResponse:
    raise NothingSent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> Provider:
    provider = Provider(a_document)
    provider.let_go.set()
    return provider


@pytest.fixture
def discover(clock: Clock, provider: Provider) -> DiscoverClient:
    return DiscoverClient(clock=clock, exchanger=provider, in_flight=InFlight())


async def test_of_many_flows_at_once_one_asks(discover: DiscoverClient, provider: Provider) -> None:
    provider.let_go.clear()
    waiting = [asyncio.create_task(discover(CONFIG)) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    provider.let_go.set()
    answers = await asyncio.gather(*waiting[1:])
    assert {answer.token_endpoint for answer in answers} == {DOCUMENT["token_endpoint"]}
    assert provider.asked == 1


@pytest.mark.parametrize(
    ("max_age", "passed", "asked"),
    [
        (None, timedelta(minutes=59), 1),
        (None, HOUR, 2),
        (60, timedelta(seconds=59), 1),
        (60, timedelta(seconds=60), 2),
        (0, timedelta(0), 2),
        (10**9, timedelta(hours=23), 1),
        (10**9, timedelta(hours=24), 2),
    ],
)
async def test_it_is_kept_as_long_as_its_headers_say(
    *, max_age: int | None, passed: timedelta, asked: int, discover: DiscoverClient, provider: Provider, clock: Clock
) -> None:
    provider.answer = lambda: a_document(max_age)
    await discover(CONFIG)
    clock.time += passed
    await discover(CONFIG)
    assert provider.asked == asked


async def test_a_newer_document_counts(discover: DiscoverClient, provider: Provider, clock: Clock) -> None:
    await discover(CONFIG)
    clock.time += HOUR
    provider.answer = lambda: a_document(token_endpoint=f"{ISSUER}/v2/token")
    assert (await discover(CONFIG)).token_endpoint == f"{ISSUER}/v2/token"


@pytest.mark.parametrize("fault", [down, unreachable])
async def test_the_older_one_counts_while_there_is_no_newer_and_the_provider_is_not_asked_each_time(
    fault: Callable[[], ProviderResponse], discover: DiscoverClient, provider: Provider, clock: Clock
) -> None:
    before = await discover(CONFIG)
    clock.time += HOUR
    provider.answer = fault
    assert [await discover(CONFIG) for _ in range(5)] == [before] * 5
    assert provider.asked == 2
    clock.time += timedelta(seconds=30)
    provider.answer = a_document
    await discover(CONFIG)
    assert provider.asked == 3


async def test_after_a_week_an_older_one_counts_no_more(
    discover: DiscoverClient, provider: Provider, clock: Clock
) -> None:
    await discover(CONFIG)
    clock.time += timedelta(days=7)
    provider.answer = down
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            await discover(CONFIG)


async def test_a_document_that_is_there_and_wrong_is_no_reason_for_the_older(
    discover: DiscoverClient, provider: Provider, clock: Clock
) -> None:
    await discover(CONFIG)
    clock.time += HOUR
    provider.answer = lambda: a_document(issuer="https://evil.example")
    with pytest.raises(ProviderProtocolError):
        await discover(CONFIG)


async def test_nobody_hangs_on_a_provider_that_does_not_answer(
    discover: DiscoverClient, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discover_client, "_SECONDS_TO_WAIT_FOR_NEWS", 0.01)
    before = await discover(CONFIG)
    clock.time += HOUR
    provider.let_go.clear()
    assert await discover(CONFIG) == before
    assert await discover(CONFIG) == before
    assert provider.asked == 2
    provider.answer = lambda: a_document(token_endpoint=f"{ISSUER}/late")
    provider.let_go.set()
    await discover.in_flight.drain(seconds=5)
    assert (await discover(CONFIG)).token_endpoint == f"{ISSUER}/late"


@pytest.mark.parametrize("fault", [down, unreachable])
async def test_without_an_older_one_there_is_no_client_and_the_next_flow_asks_again(
    fault: Callable[[], ProviderResponse], discover: DiscoverClient, provider: Provider
) -> None:
    provider.answer = fault
    with pytest.raises(ProviderUnavailable):
        await discover(CONFIG)
    provider.answer = a_document
    await discover(CONFIG)
    assert provider.asked == 2
