"""Requests under a token of ours."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.vault.aiohttp_adapter import AiohttpAdapter, VaultRefusal
from adapters.vault.login import VaultLogin, log_in
from adapters.vault.patience import pauses
from adapters.vault.refusals import is_not_there_yet, is_refused_token
from adapters.vault.single_flight import SingleFlight
from domain.secret import Secret

Request = Callable[[], Awaitable[Any]]


class Authenticated:
    """Sends requests, and sends one again only where Vault told that it did nothing with it.

    That is: under another token after a 403, once; and some milliseconds later where the node is behind. A request
    whose answer did not come is never repeated here: it may have been a write that happened.
    """

    def __init__(self, adapter: AiohttpAdapter, *, login: VaultLogin) -> None:
        self._adapter = adapter
        self._log_in = SingleFlight(lambda: log_in(adapter, login))

    async def send(self, request: Request) -> Any:
        """The answer. Raises what ``AiohttpAdapter.request`` and ``log_in`` raise."""
        if self._adapter.token is None:
            await self._log_in()
        token = self._adapter.token
        try:
            return await self._send_patiently(request)
        except VaultRefusal as refusal:
            if not is_refused_token(refusal) or not await self._found_another_than(token):
                raise
        return await self._send_patiently(request)

    async def _found_another_than(self, refused: Secret | None) -> bool:
        # Somebody else whose request was refused may have logged in meanwhile.
        if self._adapter.token in (None, refused):
            await self._log_in()
        return self._adapter.token != refused

    async def _send_patiently(self, request: Request) -> Any:
        for pause in pauses():
            try:
                return await request()
            except VaultRefusal as refusal:
                if not is_not_there_yet(refusal):
                    raise
            await asyncio.sleep(pause)
        self._adapter.forget_written_index()
        return await request()
