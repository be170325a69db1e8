"""Tokens are renewed before anybody asks: by one replica each, within their life, and never in a caller's request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from dependency_injector import providers

from app.container import Container, opened
from app.jobs.runner import running
from tests.support.postgres import behind
from tests.support.provider import StrictProvider
from tests.support.service import Service, Setting, a_setting, answered

CONNECTIONS = 8
LIFE_SECONDS = 12
SECONDS = 120.0
_DUE_NOW = "UPDATE connections SET refresh_due_at = clock_timestamp() WHERE organisation_id = %(organisation_id)s"


class NoRefresh:
    """In place of RefreshGrant where callers are served: whoever comes here would have made a caller wait."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, *_: object, **__: object) -> Any:
        self.asked += 1
        raise AssertionError("a refresh in a caller's request")


@pytest.fixture
async def relay(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    async with a_setting(service, provider, relay=True) as setting:
        yield setting


@asynccontextmanager
async def two_replicas(service: Service) -> AsyncIterator[None]:
    """Two more of the service, on the same stores, that do nothing but refresh ahead."""
    async with AsyncExitStack() as stack:
        for _ in range(2):
            container = Container(settings=service.container.settings())
            await stack.enter_async_context(opened(container))
            jobs = {"refreshes": container.refresh_ahead()}
            await stack.enter_async_context(running(jobs, interval_seconds=0.05))
        yield


async def refreshes_are(relay: Setting, number: int) -> None:
    """Return when the provider saw at least so many."""

    async def are() -> bool:
        return await relay.refreshes() >= number

    await until(are)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return when it is so; it is another process that makes it so."""
    async with asyncio.timeout(SECONDS):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_callers_never_wait_for_a_refresh_that_could_be_foreseen(service: Service, relay: Setting) -> None:
    connections = [await relay.connection() for _ in range(CONNECTIONS)]
    await relay.script(access_token_lifetime_seconds=LIFE_SECONDS)
    await make_due(service, relay)
    no_refresh = NoRefresh()
    with service.container.refresh.override(providers.Object(no_refresh)):
        async with two_replicas(service):
            rounds = 0
            async with asyncio.timeout(SECONDS):
                while await relay.refreshes() < 3 * CONNECTIONS:
                    for connection in connections:
                        token = answered(await relay.caller.token(connection, minimumValidity=0))
                        assert token["expires_in"] >= 0
                    rounds += 1
    assert rounds > 0
    assert no_refresh.asked == 0
    assert (await relay.provider.ledger(relay.client_id)).count("refresh_token_reused") == 0


async def test_what_is_due_on_two_replicas_is_refreshed_once(service: Service, relay: Setting) -> None:
    connections = [await relay.connection() for _ in range(CONNECTIONS)]
    await make_due(service, relay)
    async with two_replicas(service):
        await refreshes_are(relay, len(connections))
    assert await relay.refreshes() == len(connections)
    for connection in connections:
        shown = answered(await relay.caller.get(f"connections/{connection}"))
        assert shown["lastRefreshedAt"] is not None


async def test_a_refused_grant_is_not_asked_for_again(service: Service, relay: Setting) -> None:
    connection = await relay.connection()
    await relay.script(token_error="invalid_grant")
    await make_due(service, relay)
    async with two_replicas(service):
        await refreshes_are(relay, 1)
        await until(partial(is_over, relay, connection))
        await make_due(service, relay)
        other = await a_round(service)
    assert other == 0
    assert await relay.refreshes() == 1


async def test_tokens_that_outlive_their_refresh_tokens_idle_limit_are_renewed_within_it(
    service: Service, provider: StrictProvider
) -> None:
    limits: dict[str, Any] = {"refreshTokenIdleLifetime": 2, "refreshTokenAbsoluteLifetime": 86_400}
    async with a_setting(service, provider, relay=True, **limits) as relay:
        connections = [
            await relay.connection(without=["expires_in"]),
            await relay.connection(without=[], access_token_lifetime_seconds=86_400),
        ]
        async with two_replicas(service):
            await refreshes_are(relay, 3 * len(connections))
        for connection in connections:
            shown = answered(await relay.caller.get(f"connections/{connection}"))
            assert shown["status"] == "active"
            idle = datetime.fromisoformat(shown["grantExpiresAt"]) - datetime.fromisoformat(shown["lastRefreshedAt"])
            assert idle <= timedelta(seconds=2)
            answered(await relay.caller.delete(f"connections/{connection}"))  # or it is due for ever


async def is_over(relay: Setting, connection: str) -> bool:
    shown = answered(await relay.caller.get(f"connections/{connection}"))
    return bool(shown["status"] == "needs_reauthorization")


async def a_round(service: Service) -> int:
    """Run the job once, here; how many were due."""
    ahead = service.container.refresh_ahead()
    await ahead()
    return len(ahead.running)


async def make_due(service: Service, relay: Setting) -> None:
    async with behind(service.container.pool()) as connection:
        await connection.execute(_DUE_NOW, {"organisation_id": relay.caller.organisation_id})
