"""A server of raw bytes on loopback that misbehaves as it is told, and counts what reached it."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs

DEADLINE_SECONDS = 5.0


@attrs.define
class RawServer:
    """What the server saw.

    Attributes:
        connections: How many were made, TLS or not.
        requests: Each that came whole, as sent.
        asked: Set with the first of them.
        gone: Set when a client closed its end.

    """

    port: int = 0
    connections: int = 0
    requests: list[bytes] = attrs.field(factory=list)
    asked: asyncio.Event = attrs.field(factory=asyncio.Event)
    gone: asyncio.Event = attrs.field(factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    async def receive(self, reader: asyncio.StreamReader) -> bytes:
        """The next request, its body included."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        request = head + await reader.readexactly(int(length[1]) if length else 0)
        self.requests.append(request)
        self.asked.set()
        return request

    async def is_asked(self) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self.asked.wait()

    async def client_leaves(self) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self.gone.wait()


Talk = Callable[[RawServer, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answering(answer: bytes) -> Talk:
    """Read the request, write these bytes, hang up."""

    async def talk(server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.receive(reader)
        writer.write(answer)
        await writer.drain()

    return talk


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer with its length."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def silence(server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the request, and never answer."""
    await server.receive(reader)
    await until_gone(server, reader, writer)


async def until_gone(server: RawServer, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Answer nothing, not even a TLS handshake; note when the client leaves."""
    while await reader.read(65536):
        pass
    server.gone.set()


@asynccontextmanager
async def serving(talk: Talk, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Serve at a port of the system's choice until the block ends, then hang up on everybody."""
    seen = RawServer()
    talks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        seen.connections += 1
        try:
            await talk(seen, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            seen.gone.set()
        finally:
            writer.close()
            talks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()
