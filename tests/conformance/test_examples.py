"""The programs in examples/ do the main job: they run as they stand, against the served API and the strict provider."""

import asyncio
import os
import re
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.browser import Browser
from tests.support.provider import ProviderClient, StrictProvider
from tests.support.service import Reachable

_EXAMPLES = Path(__file__).parents[2] / "examples"
_SECONDS = 60


@pytest.mark.parametrize("command", [["bash", "curl.sh"], [sys.executable, "httpx_client.py"]], ids=["curl", "httpx"])
async def test_an_example_gets_a_token_for_what_a_person_allowed(
    command: Sequence[str], service: Reachable, provider: StrictProvider
) -> None:
    client_id, secret = f"client-{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    async with service.caller() as caller:
        environment = {
            "SWITCHBOARD_URL": service.public_url,
            "SWITCHBOARD_ORGANISATION": caller.organisation_id,
            "SWITCHBOARD_KEY": caller.http.headers["Authorization"].removeprefix("Bearer "),
            "AUTHORIZATION_ENDPOINT": provider.authorization_endpoint,
            "TOKEN_ENDPOINT": provider.token_endpoint,
            "CLIENT_ID": client_id,
            "CLIENT_SECRET": secret,
            "SCOPE": "read",
        }
        async with asyncio.timeout(_SECONDS):
            example = await started(command, environment)
            callback_url = await said(example, "Register at the provider: ")
            await provider.register(
                ProviderClient(
                    client_id,
                    redirect_uris=(callback_url,),
                    client_secret=secret,
                    authentication="client_secret_basic",
                    scopes=("read",),
                )
            )
            await allow(await said(example, "Open in a browser: "))
            token, errors = await example.communicate()
    assert (example.returncode, errors) == (0, b"")
    issued = (await provider.ledger(client_id)).token_requests
    assert len(issued) == 1
    assert re.fullmatch(rb"\S{16,}\n", token)


async def started(command: Sequence[str], environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        cwd=_EXAMPLES,
        env=dict(os.environ) | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def said(example: asyncio.subprocess.Process, words: str) -> str:
    """What the example tells the person after these words, on its next line."""
    assert example.stderr is not None
    line = (await example.stderr.readline()).decode()
    assert line.startswith(words), line + (await example.stderr.read()).decode()
    return line.removeprefix(words).strip()


async def allow(link: str) -> None:
    async with Browser() as browser:
        consent = await browser.submit(await browser.get(link))
        await browser.submit(consent, button="approve")
