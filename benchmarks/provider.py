"""A token endpoint that answers at once, in a process of its own: ``python -m benchmarks.provider``.

It prints its port, and goes when its standard input ends. Every answer rotates the refresh token; a spent one is
refused (``invalid_grant``). ``/script?life=…&pause=…&forgives=…`` sets the seconds that a token lives and that an
answer takes, and how often a spent refresh token is taken again, as providers with a grace for lost answers do; and
tells what it saw. It knows as much of HTTP as its callers say, so that it is nobody's bottleneck.
"""

import asyncio
import json
import secrets
import sys
import time
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import attrs

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_TOKEN_BYTES = 200


@attrs.define
class Provider:
    """What it was told, and what it saw; of token requests under way, and in one second, the most."""

    life: float = 3600.0
    pause: float = 0.0
    forgives: float = 0
    requests: int = 0
    refused: int = 0
    spent: Counter[str] = attrs.field(factory=Counter)
    at_once: int = 0
    most_at_once: int = 0
    of_second: tuple[int, int] = (0, 0)
    most_a_second: int = 0

    def begun(self) -> None:
        """A token request has come: what it adds to."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        second, number = int(time.monotonic()), self.of_second[1]
        self.of_second = (second, number + 1 if second == self.of_second[0] else 1)
        self.most_a_second = max(self.most_a_second, self.of_second[1])

    def token(self, form: bytes) -> tuple[int, dict[str, object]]:
        """The answer to a token request (RFC 6749 §5)."""
        self.requests += 1
        refresh_token = parse_qs(form.decode()).get("refresh_token", [""])[0]
        if self.spent[refresh_token] > self.forgives:
            self.refused += 1
            return 400, {"error": "invalid_grant"}
        if refresh_token:
            self.spent[refresh_token] += 1
        return 200, {
            "access_token": secrets.token_urlsafe(_TOKEN_BYTES),
            "token_type": "Bearer",
            "expires_in": self.life,
            "refresh_token": secrets.token_urlsafe(32),
            "scope": "read offline_access",
        }

    def control(self, target: str) -> dict[str, object]:
        query = {name: float(value[0]) for name, value in parse_qs(urlsplit(target).query).items()}
        self.life, self.pause = query.get("life", self.life), query.get("pause", self.pause)
        if query:  # what it is told begins a workload, whose own the most are
            self.most_at_once = self.most_a_second = 0
        self.forgives = query.get("forgives", self.forgives)
        return {
            "requests": self.requests,
            "refused": self.refused,
            "most_at_once": self.most_at_once,
            "most_a_second": self.most_a_second,
        }


class Line(asyncio.Protocol):
    """One caller's connection."""

    transport: asyncio.Transport

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while _HEAD_END in self.received:
            head, _, rest = self.received.partition(_HEAD_END)
            length = _length_of(head)
            if len(rest) < length:
                return
            self.received = rest[length:]
            self._answer(head, rest[:length])

    def _answer(self, head: bytes, body: bytes) -> None:
        target = head.split(b" ", 2)[1].decode()
        last = b"connection: close" in head.lower()
        if not target.startswith("/token"):
            self._send(200, self.provider.control(target), last=last)
            return
        self.provider.begun()
        status, answer = self.provider.token(body)
        if self.provider.pause:
            asyncio.get_running_loop().call_later(self.provider.pause, lambda: self._end(status, answer, last=last))
        else:
            self._end(status, answer, last=last)

    def _end(self, status: int, answer: dict[str, object], *, last: bool) -> None:
        self.provider.at_once -= 1
        self._send(status, answer, last=last)

    def _send(self, status: int, answer: dict[str, object], *, last: bool) -> None:
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)
        if last:
            self.transport.close()


def _length_of(head: bytes) -> int:
    lines = (line for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH))
    return int(next(lines, _LENGTH + b"0").removeprefix(_LENGTH))


async def main() -> None:
    loop = asyncio.get_running_loop()
    provider = Provider()
    server = await loop.create_server(lambda: Line(provider), "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
