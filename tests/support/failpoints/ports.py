"""A port with failpoints before and after each of its calls."""

import asyncio
import inspect
import os
import signal
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, assert_never

import attrs

from domain.errors import ProviderUnavailable, StorageUnavailable, SwitchboardError
from domain.ports import SecretStoreUnavailable
from tests.support.failpoints.armed import Failpoints, When

REQUEST: ContextVar[asyncio.Task[Any] | None] = ContextVar("request", default=None)
"""The task that answers the request for which all is done, also in what outlives it; None in a job."""

_UNAVAILABLE: dict[str, type[SwitchboardError]] = {
    "vault_secrets": SecretStoreUnavailable,
    "exchanger": ProviderUnavailable,
}


class UnexpectedError(Exception):
    """Nobody expects this one."""


@attrs.frozen
class Failing:
    """Whatever the port beneath does, with a failpoint on each side."""

    beneath: Any
    port: str
    failpoints: Failpoints

    def __getattr__(self, name: str) -> Any:
        member = getattr(self.beneath, name)
        return self._failing(f"{self.port}.{name}", member) if inspect.iscoroutinefunction(member) else member

    def _failing(self, step: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def failing(*args: Any, **kwargs: Any) -> Any:
            await self.reach(step, "before")
            answer = await call(*args, **kwargs)
            await self.reach(step, "after")
            return answer

        return failing

    async def reach(self, step: str, when: When) -> None:
        """Do what is ordered for this side of the step."""
        request, name = REQUEST.get(), f"{step}.{when}"
        order = self.failpoints.take(name, job=request is None)
        if order is None:
            return
        match order.action:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "terminate":
                os.kill(os.getppid(), signal.SIGTERM)
            case "raise":
                raise UnexpectedError(name)
            case "refuse":
                raise _UNAVAILABLE.get(self.port, StorageUnavailable)
            case "hold":
                await self.failpoints.released(name)
            case "cancel":
                task = request or asyncio.current_task()
                if task is not None:
                    task.cancel()
                await asyncio.sleep(0)  # where it is this very task, it ends here
            case _ as never:
                assert_never(never)


def steps_of(port: str, beneath: object) -> list[str]:
    """The names of the steps that a port's calls are."""
    members = inspect.getmembers(type(beneath), inspect.iscoroutinefunction)
    return [f"{port}.{name}" for name, _ in members if not name.startswith("_")]
