"""A Vault that answers what a test tells it, for the answers that one node of a real one never gives."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import aiohttp
import attrs
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.system.correlation import ContextCorrelation
from adapters.vault.client import VaultClient
from adapters.vault.login import GivenToken, VaultLogin
from adapters.vault.session import open_vault_session
from domain.secret import Secret

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]

A_VERSION = {"data": {"data": {"refresh_token": "r"}, "metadata": {"version": 1}}}


@attrs.frozen
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]


class ScriptedVault:
    """Gives its answers in order, the last one for ever, and keeps what it was asked."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._answers: deque[Answering] = deque()
        self.address = ""
        self.asked: list[Asked] = []

    def client(
        self, login: VaultLogin | None = None, *, namespace: str | None = None, deadline_seconds: float = 5
    ) -> VaultClient:
        return VaultClient(
            self._session,
            address=self.address,
            login=login or GivenToken(Secret("token")),
            correlation=ContextCorrelation(),
            namespace=namespace,
            deadline_seconds=deadline_seconds,
        )

    def answers(self, status: int, answer: object = None, *, headers: Mapping[str, str] | None = None) -> None:
        async def answering(_: web.Request) -> web.Response:
            return web.json_response(answer or {}, status=status, headers=headers)

        self._answers.append(answering)

    def does(self, answering: Answering) -> None:
        self._answers.append(answering)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.asked.append(Asked(request.method, request.path, request.headers))
        answering = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
        return await answering(request)


@asynccontextmanager
async def a_scripted_vault() -> AsyncIterator[ScriptedVault]:
    async with open_vault_session(cacert=None) as session:
        vault = ScriptedVault(session)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", vault.answer)
        async with TestServer(app) as server:
            vault.address = str(server.make_url(""))
            yield vault
