"""Every call of a port waits here until the history says how it goes: in what order, and with what fault."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Any, NoReturn

import attrs

from domain.errors import ProviderUnavailable, StorageUnavailable, SwitchboardError
from domain.ports import SecretStoreUnavailable


class Crashed(BaseException):
    """This replica is no more: nothing of it goes on."""


class How(Enum):
    WELL = auto()
    REFUSED = auto()  # no effect, and the port says that it is not available
    UNHEARD = auto()  # the effect, and the port says that it is not available
    UNANSWERED = auto()  # the effect, and the answer is on its way back


@attrs.define(eq=False)
class Call:
    """A call that waits, or an answer that does."""

    replica: "Replica"
    port: str
    step: str
    is_answer: bool
    told: "asyncio.Future[How]"


@attrs.define(eq=False)
class Replica:
    """One process, as far as ports see it."""

    name: str
    is_alive: bool = True


@attrs.define
class Calls:
    """All that waits, in the order in which it came; and which servers are down, by port."""

    waiting: list[Call] = attrs.field(factory=list)
    down: set[str] = attrs.field(factory=set)
    noted: list[str] = attrs.field(factory=list)
    begins: Callable[[Replica], None] = lambda _replica: None
    done: Callable[[Replica, str], None] = lambda _replica, _step: None
    heard: Callable[[Replica, str, Any], None] = lambda _replica, _step, _answer: None

    async def make(self, replica: Replica, port: str, step: str, effect: Callable[[], Awaitable[Any]]) -> Any:
        """Call the port as the history has it."""
        match await self._told(replica, port, step, is_answer=False):
            case How.WELL:
                answer = await self._effect(replica, step, effect)
                self.heard(replica, step, answer)
                return answer
            case How.REFUSED:
                raise _unavailable(port)
            case How.UNHEARD:
                await self._effect(replica, step, effect)
                raise _unavailable(port)
            case How.UNANSWERED:
                answer = await self._effect(replica, step, effect)
                if await self._told(replica, port, step, is_answer=True) in {How.REFUSED, How.UNHEARD}:
                    raise _unavailable(port)
                self.heard(replica, step, answer)
                return answer

    async def _effect(self, replica: Replica, step: str, effect: Callable[[], Awaitable[Any]]) -> Any:
        self.begins(replica)
        answer = await effect()
        self.done(replica, step)
        return answer

    def go_on(self, call: Call, how: How) -> None:
        """Let a call go on so; a server that is down takes none, and loses its answers."""
        self.waiting.remove(call)
        how = How.REFUSED if call.port in self.down else how
        self.noted.append(f"{call.replica.name} {call.step}{' answer' if call.is_answer else ''}: {how.name}")
        call.told.set_result(how)

    def crash(self, replica: Replica) -> None:
        """What waits for it stays as it is, and nothing of it goes on."""
        replica.is_alive = False
        self.noted.append(f"{replica.name} crashed")
        self.waiting = [call for call in self.waiting if call.replica is not replica]

    async def _told(self, replica: Replica, port: str, step: str, *, is_answer: bool) -> How:
        if not replica.is_alive:
            _crashed()
        call = Call(replica, port, step, is_answer, asyncio.get_running_loop().create_future())
        self.waiting.append(call)
        try:
            return await call.told
        except asyncio.CancelledError:
            if call in self.waiting:
                self.waiting.remove(call)
            if not replica.is_alive:
                _crashed()
            raise


@attrs.frozen
class Waiting:
    """A port each of whose calls waits for the history."""

    beneath: Any
    port: str
    replica: Replica
    calls: Calls

    def __getattr__(self, name: str) -> Any:
        member = getattr(self.beneath, name)
        if not inspect.iscoroutinefunction(member):
            return member

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self.calls.make(
                self.replica, self.port, f"{self.port}.{name}", lambda: member(*args, **kwargs)
            )

        return call


_UNAVAILABLE: dict[str, type[SwitchboardError]] = {
    "vault_secrets": SecretStoreUnavailable,
    "sealer": SecretStoreUnavailable,
    "exchanger": ProviderUnavailable,
}


def _unavailable(port: str) -> SwitchboardError:
    return _UNAVAILABLE.get(port, StorageUnavailable)()


def _crashed() -> NoReturn:
    raise Crashed
