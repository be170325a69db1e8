"""A closed loop of callers over plain sockets: ``python -m benchmarks.driver``, told its job by ``children``.

Each of ``connections`` callers sends the next request as soon as it has its answer, until there is none left or
``seconds`` are over. It parses what our answers have (a status, a length) and no more: a client library would cost more
than the server that it measures. An answer with another status than ``expected`` is an error.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs

from benchmarks.children import Do, Job, child

HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


@attrs.define
class Tally:
    """What came back."""

    expected: bytes
    seconds: list[float] = attrs.field(factory=list)
    errors: int = 0


@asynccontextmanager
async def prepare(job: Job) -> AsyncIterator[Do]:
    """A job has host, port, connections, requests (as text), expected, and seconds or None (each request once)."""
    requests = [request.encode() for request in job["requests"]]
    callers = [Caller(job["host"], job["port"]) for _ in range(job["connections"])]
    for caller in callers:
        await caller.connect()
    tally = Tally(str(job["expected"]).encode())

    async def do() -> Mapping[str, Any]:
        ends = None if job["seconds"] is None else time.monotonic() + job["seconds"]
        left = iter(requests) if ends is None else itertools.cycle(requests)
        await asyncio.gather(*(caller.ask(left, ends, tally) for caller in callers))
        return {"done": len(tally.seconds), "errors": tally.errors, "seconds": tally.seconds}

    yield do


@attrs.define
class Caller:
    """One connection, kept open; it is made anew where it was lost."""

    host: str
    port: int
    reader: asyncio.StreamReader = attrs.field(init=False)
    writer: asyncio.StreamWriter = attrs.field(init=False)

    async def connect(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)

    async def ask(self, left: Iterator[bytes], ends: float | None, tally: Tally) -> None:
        for request in left:
            began = time.monotonic()
            if ends is not None and began >= ends:
                break
            status, _ = await self.exchange(request)
            if status == tally.expected:
                tally.seconds.append(time.monotonic() - began)
            else:
                tally.errors += 1
        self.writer.close()

    async def exchange(self, request: bytes) -> tuple[bytes | None, bytes]:
        """The answer's status and body; no status where the connection was lost."""
        try:
            self.writer.write(request)
            head = await self.reader.readuntil(HEAD_END)
            body = await self.reader.readexactly(length_of(head))
        except (OSError, asyncio.IncompleteReadError):
            await self.connect()
            return None, b""
        return head[9:12], body


def length_of(head: bytes) -> int:
    """What an answer's head says."""
    _, _, rest = head.lower().partition(_LENGTH)
    return int(rest.partition(b"\r\n")[0] or 0)


if __name__ == "__main__":
    child(prepare)
