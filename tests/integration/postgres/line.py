"""A line to Postgres that a test can cut, freeze and mend, or on which it has an answer lost."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from domain.secret import Secret

_CHUNK = 65536
_BACKEND_KEY = re.compile(rb"K\x00\x00\x00\x0c.{4}", re.DOTALL)  # its first four bytes number the process


@attrs.define(eq=False)
class Line:
    """Forwards what comes to ``dsn`` to the server."""

    host: str
    port: int
    dsn: Secret = attrs.field(init=False)
    thawed: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _fatal_words: bytes | None = attrs.field(default=None, init=False)
    _poses_as_pooler: bool = attrs.field(default=False, init=False)
    _answer_is_lost: bool = attrs.field(default=False, init=False)
    _is_cut: bool = attrs.field(default=False, init=False)
    _writers: list[asyncio.StreamWriter] = attrs.field(factory=list, init=False)

    def cut(self) -> None:
        """End every connection, and each new one at once."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def freeze(self) -> None:
        """From now on nothing arrives any more, on either side, and nothing is closed."""
        self.thawed.clear()

    def mend(self) -> None:
        self._is_cut = False
        self.thawed.set()

    def lose_the_answer_to(self, words: str) -> None:
        """The next statement with these words arrives and is carried out; the line breaks before its answer comes."""
        self._fatal_words = words.encode()

    def pose_as_pooler(self) -> None:
        """From now on who connects is told a made-up number of the server's process, as poolers do."""
        self._poses_as_pooler = True

    async def accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        if self._is_cut:
            to_client.transport.abort()
            return
        server, to_server = await asyncio.open_connection(self.host, self.port)
        self._writers += [to_client, to_server]
        both = {
            asyncio.ensure_future(self._requests(client, to_server)),
            asyncio.ensure_future(self._answers(server, to_client)),
        }
        _, other = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in other:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        for writer in (to_client, to_server):
            writer.transport.abort()

    async def _requests(self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        while words := await client.read(_CHUNK):
            await self.thawed.wait()
            self._answer_is_lost = self._fatal_words is not None and self._fatal_words in words
            to_server.write(words)
            await to_server.drain()

    async def _answers(self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        while words := await server.read(_CHUNK):
            await self.thawed.wait()
            if self._answer_is_lost:
                self._answer_is_lost, self._fatal_words = False, None
                return
            if self._poses_as_pooler:
                words = _BACKEND_KEY.sub(b"K\x00\x00\x00\x0c\x00\x00\x00\x00", words)
            to_client.write(words)
            await to_client.drain()


@asynccontextmanager
async def a_line_to(dsn: Secret) -> AsyncIterator[Line]:
    """A line in order."""
    there = conninfo_to_dict(dsn.reveal())
    line = Line(str(there.get("host", "127.0.0.1")), int(str(there.get("port", 5432))))
    line.mend()
    listener = await asyncio.start_server(line.accept, "127.0.0.1", 0)
    line.dsn = Secret(make_conninfo(dsn.reveal(), host="127.0.0.1", port=listener.sockets[0].getsockname()[1]))
    async with listener:
        try:
            yield line
        finally:
            line.mend()
            line.cut()
