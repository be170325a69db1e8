"""The proxy: hands bytes on in both directions, and asks after its fault with each request, so it can be switched."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import assert_never

import attrs

from tests.support.network.faults import BlackHole, Cut, Fault, Latency, LoseAnswer, Reset, Slicer

_CHUNK = 64 * 1024
_SECONDS = 20.0


@attrs.define(eq=False)
class TcpProxy:
    """An address that leads to another one.

    Attributes:
        fault: What goes wrong from now on, on connections that are open too; None: nothing.
        times: After so many times the fault is over; None is never.
        refuses: New connections are reset at once, and those that are open were: the server is down.

    """

    upstream: tuple[str, int]
    port: int = 0
    fault: Fault | None = None
    times: int | None = None
    refuses: bool = False
    met: int = 0
    _changed: asyncio.Condition = attrs.field(factory=asyncio.Condition)
    _lines: "set[_Line]" = attrs.field(factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def goes_down(self) -> None:
        """As the server would: open connections are reset, and no new one is taken."""
        self.refuses = True
        for line in tuple(self._lines):
            line.reset()

    def comes_back(self) -> None:
        self.refuses, self.fault = False, None

    async def until_met(self, *, count: int = 1) -> None:
        """Return once the fault was met so many times."""
        async with asyncio.timeout(_SECONDS), self._changed:
            await self._changed.wait_for(lambda: self.met >= count)

    async def meets(self, request: bytes) -> Fault | None:
        """The fault that this request meets, if any; it counts."""
        fault = self.fault
        if fault is None or fault.to not in request:
            return None
        if self.times is not None:
            self.times -= 1
            if self.times == 0:
                self.fault, self.times = None, None
        async with self._changed:
            self.met += 1
            self._changed.notify_all()
        return fault

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its last."""
        if self.refuses:
            _reset(writer)
            return
        try:
            beyond = await asyncio.open_connection(*self.upstream)
        except OSError:
            _reset(writer)
            return
        line = _Line(self, reader, writer, *beyond)
        self._lines.add(line)
        try:
            await line.run()
        finally:
            self._lines.discard(line)


@attrs.define(eq=False)
class _Line:
    """A client's connection and ours to the server."""

    proxy: TcpProxy
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server_reader: asyncio.StreamReader
    server_writer: asyncio.StreamWriter
    fault: Fault | None = None

    async def run(self) -> None:
        directions = {asyncio.create_task(self._requests()), asyncio.create_task(self._answers())}
        try:
            # Nobody here closes one half of a connection: the end of either side is the end of both.
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in directions:
                task.cancel()
            await asyncio.wait(directions)
            for writer in (self.writer, self.server_writer):
                writer.close()

    def reset(self) -> None:
        _reset(self.writer)

    async def _requests(self) -> None:
        with suppress(OSError):
            while data := await self.reader.read(_CHUNK):
                self.fault = await self.proxy.meets(data)
                match self.fault:
                    case None | LoseAnswer() | Cut():
                        await _send(self.server_writer, data)
                    case Latency(seconds):
                        await asyncio.sleep(seconds)
                        await _send(self.server_writer, data)
                    case Reset(when):
                        if when == "after":
                            await _send(self.server_writer, data)
                        self.reset()
                    case BlackHole():
                        pass
                    case Slicer():
                        await _send_sliced(self.server_writer, data)
                    case _ as never:
                        assert_never(never)

    async def _answers(self) -> None:
        with suppress(OSError):
            while data := await self.server_reader.read(_CHUNK):
                match self.fault:
                    case None | Latency() | Reset() | BlackHole():
                        await _send(self.writer, data)
                    case LoseAnswer():
                        self.reset()
                        return
                    case Cut(after_bytes, by_reset):
                        await _send(self.writer, data[:after_bytes])
                        if by_reset:
                            self.reset()
                        return
                    case Slicer():
                        await _send_sliced(self.writer, data)
                    case _ as never:
                        assert_never(never)


@asynccontextmanager
async def a_proxy(host: str, port: int) -> AsyncIterator[TcpProxy]:
    """A proxy in front of this address, for as long as the context lasts."""
    proxy = TcpProxy((host, port))
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.goes_down()


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def _send_sliced(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in data:
        await _send(writer, bytes([byte]))
        await asyncio.sleep(0)  # else the loop gathers what the kernel has not taken yet


def _reset(writer: asyncio.StreamWriter) -> None:
    # Linger of zero seconds: the kernel sends RST instead of FIN.
    sock = writer.transport.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
