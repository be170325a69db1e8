"""A burst over plain sockets: ``python -m benchmarks.burst``, told its job by ``children``.

Each caller sends one request, all at once, and waits for its answer. They are sockets and a selector,
and no tasks: on two cores a thousand tasks of a generator's would be a good part of what the slowest caller waits.
"""

import selectors
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import attrs

from benchmarks.children import Do, Job, child
from benchmarks.driver import HEAD_END, length_of

_MOST_BYTES = 65_536
_SECONDS_TO_WAIT = 90


@attrs.define(eq=False)
class _Caller:
    """One connection, its request, and what has come of the answer."""

    line: socket.socket
    request: bytes
    began: float = 0.0
    received: bytes = b""

    def send(self) -> None:
        self.began = time.monotonic()
        self.line.sendall(self.request)

    def is_done(self) -> bool:
        """Read what has come; whether that is all, or all that will come."""
        try:
            data = self.line.recv(_MOST_BYTES)
        except OSError:
            return True
        self.received += data
        head, end, body = self.received.partition(HEAD_END)
        return not data or (bool(end) and len(body) >= length_of(head + end))


@asynccontextmanager
async def prepare(job: Job) -> AsyncIterator[Do]:
    """A job has host, port, requests (as text, one for each caller) and expected."""
    with ExitStack() as stack:
        callers = [
            _Caller(
                stack.enter_context(socket.create_connection((job["host"], job["port"]), timeout=_SECONDS_TO_WAIT)),
                request.encode(),
            )
            for request in job["requests"]
        ]
        expected = str(job["expected"]).encode()

        async def do() -> Mapping[str, Any]:
            seconds = _asked(callers, expected)
            return {"done": len(seconds), "errors": len(callers) - len(seconds), "seconds": seconds}

        yield do


def _asked(callers: list[_Caller], expected: bytes) -> list[float]:
    """How long each waited that had the expected answer."""
    seconds = []
    with selectors.DefaultSelector() as selector:
        for caller in callers:
            selector.register(caller.line, selectors.EVENT_READ, caller)
        for caller in callers:
            caller.send()
        while selector.get_map() and (ready := selector.select(_SECONDS_TO_WAIT)):
            for key, _ in ready:
                caller = key.data
                if not caller.is_done():
                    continue
                selector.unregister(caller.line)
                if caller.received[9:12] == expected:
                    seconds.append(time.monotonic() - caller.began)
    return seconds


if __name__ == "__main__":
    child(prepare)
