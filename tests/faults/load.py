"""Customers who connect, products that ask for tokens, and connections that are deleted, at any of some replicas."""

import random
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
import httpx

from tests.support.service import Caller, Reachable, Setting
from tests.support.tls import TLS


@attrs.define
class Load:
    """What was begun, and what was told of it: whoever gets no answer asks again, as a client does.

    Attributes:
        callers: The same caller, at each replica.
        callbacks: What came back from the provider, by flow.
        connections: Those that were told to be connected, and not to be deleted.
        deleted: Those whose deletion was asked for.

    """

    relay: Setting
    callers: Sequence[Caller]
    callbacks: dict[str, str] = attrs.field(factory=dict)
    connections: set[str] = attrs.field(factory=set)
    deleted: set[str] = attrs.field(factory=set)
    issued: int = 0

    async def connect(self) -> None:
        """A whole flow, each step at some replica."""
        relay = attrs.evolve(self.relay, caller=self._caller())
        started = await relay.start()
        async with self.relay.service.browser() as browser:
            self.callbacks[started["flowId"]] = await relay.consent(browser, started)
        await self.call_back(started["flowId"])

    async def call_back(self, flow_id: str) -> None:
        """Hand the callback over, once."""
        answer = await self._caller().callback(self.callbacks[flow_id])
        if answer.status_code == httpx.codes.CREATED:
            self.connections.add((await self._caller().flow(flow_id))["connectionId"])

    async def ask(self) -> None:
        """A token of some connection."""
        if self.connections:
            connection = random.choice(sorted(self.connections))  # noqa: S311 - load
            answer = await self._caller().token(connection, minimumValidity=0)
            self.issued += answer.status_code == httpx.codes.OK

    async def delete(self) -> None:
        """Some connection, while there are others."""
        if len(self.connections) > 2:
            connection = random.choice(sorted(self.connections))  # noqa: S311 - load
            self.connections.discard(connection)
            self.deleted.add(connection)
            await self._caller().delete(f"connections/{connection}")

    def told(self) -> str:
        """How much there was of it."""
        return f"{len(self.callbacks)} flows, {self.issued} tokens issued, {len(self.deleted)} deletions"

    def _caller(self) -> Caller:
        return random.choice(self.callers)  # noqa: S311 - load


async def attempted(deed: Awaitable[None]) -> None:
    """Do it, and take no answer, or an unwelcome one, for what it is."""
    try:
        await deed
    except (httpx.TransportError, AssertionError):
        return


@asynccontextmanager
async def callers_at(services: Sequence[Reachable], caller: Caller) -> AsyncIterator[list[Caller]]:
    """The same caller at each of these."""
    async with AsyncExitStack() as stack:
        yield [
            attrs.evolve(
                caller,
                http=await stack.enter_async_context(
                    httpx.AsyncClient(base_url=service.public_url, headers=caller.http.headers, verify=TLS, timeout=60)
                ),
            )
            for service in services
        ]
