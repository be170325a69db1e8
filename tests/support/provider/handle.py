"""`StrictProvider`: the provider as a test holds it, a process behind an address."""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any, Literal, Self
from urllib.parse import quote

import httpx
import msgspec

from tests.support.provider.behaviour import Behaviour
from tests.support.provider.clients import ProviderClient
from tests.support.provider.ledger import Ledger

REPOSITORY = Path(__file__).parents[3]
DEADLINE_SECONDS = 20.0


class StrictProvider:
    """A running provider. `stop` it; it also ends with this process.

    Give each test a client of its own: scripts and `ledger(client_id)` are one client's, so tests may share a provider.
    """

    def __init__(self, issuer: str, process: subprocess.Popen[str], control: httpx.AsyncClient) -> None:
        self.issuer = issuer
        self._process = process
        self._control = control

    @classmethod
    async def start(cls, *, host: Literal["127.0.0.1", "localhost"] = "127.0.0.1") -> Self:
        """Start a provider and return when it serves. A browser takes `localhost` for another site than `127.0.0.1`."""
        with tempfile.TemporaryFile("w+") as errors:
            process = _spawn(host, errors)
            try:
                async with asyncio.timeout(DEADLINE_SECONDS):
                    issuer = (await asyncio.to_thread(_first_line, process)).strip()
            except BaseException:
                _end(process)
                raise
            if not issuer:
                _end(process)
                errors.seek(0)
                raise RuntimeError(f"The provider did not start: {errors.read()}")
        control = httpx.AsyncClient(base_url=f"{issuer}/control", timeout=DEADLINE_SECONDS, trust_env=False)
        return cls(issuer, process, control)

    async def stop(self) -> None:
        """End the process; nothing answers at its address afterwards."""
        await self._control.aclose()
        await asyncio.to_thread(_end, self._process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def authorization_endpoint(self) -> str:
        return f"{self.issuer}/authorize"

    @property
    def token_endpoint(self) -> str:
        return f"{self.issuer}/token"

    @property
    def revocation_endpoint(self) -> str:
        return f"{self.issuer}/revoke"

    @property
    def userinfo_endpoint(self) -> str:
        return f"{self.issuer}/userinfo"

    @property
    def discovery_url(self) -> str:
        """The address of the correct document."""
        return f"{self.issuer}/.well-known/openid-configuration"

    def discovery_url_of(self, client_id: str) -> str:
        """The address of the document as this client's script has it (`promises_iss`, `metadata`)."""
        return f"{self.discovery_url}?client_id={quote(client_id, safe='')}"

    async def register(self, client: ProviderClient) -> None:
        """Add or replace a client; it is treated correctly until scripted."""
        (await self._control.put("/clients", content=msgspec.json.encode(client))).raise_for_status()

    async def script(self, client_id: str, **changes: Any) -> Behaviour:
        """Change the members of `Behaviour` that are named and keep the rest. ValueError: that cannot be."""
        answer = await self._control.post(_client(client_id), content=msgspec.json.encode(changes))
        if answer.is_error:
            raise ValueError(answer.text)
        return msgspec.json.decode(answer.content, type=Behaviour)

    async def ledger(self, client_id: str | None = None) -> Ledger:
        """What happened so far, to one client or to all."""
        answer = await self._control.get("/ledger", params={} if client_id is None else {"client_id": client_id})
        return msgspec.json.decode(answer.raise_for_status().content, type=Ledger)

    async def until_held(self, client_id: str, *, count: int = 1) -> None:
        """Return once so many of the client's token requests wait. httpx.ReadTimeout: they never came."""
        (await self._control.get(f"{_client(client_id)}/held", params={"count": count})).raise_for_status()

    async def release(self, client_id: str) -> int:
        """Let the client's waiting token requests go on, and say how many there were; later ones wait again."""
        answer = await self._control.post(f"{_client(client_id)}/release")
        return msgspec.json.decode(answer.raise_for_status().content, type=int)


def _client(client_id: str) -> str:
    return f"/clients/{quote(client_id, safe='')}"


def _spawn(host: str, errors: IO[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.provider", "--parent", str(os.getpid()), "--host", host]
    return subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
    )


def _first_line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline() if process.stdout is not None else ""


def _end(process: subprocess.Popen[str]) -> None:
    with process:
        process.kill()
