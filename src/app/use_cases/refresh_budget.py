"""How many refreshes go to a provider, and for an app, at once and in a second: what code exchanges need stays free.

Kept by each process for itself. Places are given in order, and waited for while a lease is held: for a bounded time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import attrs

from domain.auth_configs import ApiKeyConfig, BasicAuthConfig, JwtBearerConfig
from domain.connections import Connection, MadeWith
from domain.errors import ProviderUnavailable
from domain.oauth.client import OAuthClient
from domain.refreshes import Allowance, turn
from domain.urls import origin_of

_BUSY_SECONDS = 1.0
_MOST_TURNS = 10_000


@attrs.define(eq=False)
class _Queue:
    """The places of one provider or one app; forgotten with the last that has one or waits for one."""

    free: asyncio.Semaphore
    users: int = 0


@attrs.frozen
class RefreshBudget:
    """Both allowances hold: the provider's, by its token endpoint's origin, and the app's."""

    of_provider: Allowance
    of_app: Allowance
    _queues: dict[str, _Queue] = attrs.field(factory=dict, init=False)
    _turns: dict[str, float] = attrs.field(factory=dict, init=False)

    @asynccontextmanager
    async def place(self, connection: Connection, *, within_seconds: float) -> AsyncIterator[None]:
        """A place for one refresh, waited for until then at most. Raises ProviderUnavailable."""
        app, provider = f"app {connection.app_id}", f"provider {_origin(connection.made_with)}"
        async with AsyncExitStack() as places:
            try:
                async with asyncio.timeout(within_seconds):
                    await places.enter_async_context(self._place(app, self.of_app))
                    await places.enter_async_context(self._place(provider, self.of_provider))
            except TimeoutError as error:
                raise ProviderUnavailable(
                    "Too many tokens of this provider are being renewed. Try again later.", retry_after=_BUSY_SECONDS
                ) from error
            yield

    @asynccontextmanager
    async def _place(self, name: str, allowance: Allowance) -> AsyncIterator[None]:
        queue = self._queues.setdefault(name, _Queue(asyncio.Semaphore(allowance.at_once)))
        queue.users += 1
        try:
            async with queue.free:
                await self._turn(name, allowance)
                yield
        finally:
            queue.users -= 1
            if queue.users == 0:
                del self._queues[name]

    async def _turn(self, name: str, allowance: Allowance) -> None:
        now = asyncio.get_running_loop().time()
        self._turns[name], wait = turn(self._turns.get(name), now=now, allowance=allowance)
        if len(self._turns) > _MOST_TURNS:
            for over in [name for name, at in self._turns.items() if at <= now]:
                del self._turns[over]
        if wait > 0:
            await asyncio.sleep(wait)


def _origin(made_with: MadeWith) -> str:
    if isinstance(made_with, OAuthClient):
        return origin_of(made_with.refresh_endpoint or made_with.token_endpoint)
    if isinstance(made_with, ApiKeyConfig | BasicAuthConfig | JwtBearerConfig):
        return ""
    return origin_of(made_with.token_endpoint)
