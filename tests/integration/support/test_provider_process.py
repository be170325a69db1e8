"""The provider's process: it starts, it can be scripted, and it does not outlive whoever started it."""

import asyncio
import subprocess
import sys

import httpx
import pytest

from tests.integration.support.flow import Relation
from tests.support.provider import StrictProvider
from tests.support.provider.handle import REPOSITORY

# Starts a provider, says its address, and is killed before it can stop it.
_KILLED_PARENT = """
import asyncio, os, signal
from tests.support.provider import StrictProvider
async def main():
    print((await StrictProvider.start()).issuer, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


async def answers(issuer: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"{issuer}/.well-known/openid-configuration")).is_success
        except httpx.TransportError:
            return False


async def test_a_stopped_provider_answers_no_more() -> None:
    provider = await StrictProvider.start(host="localhost")
    assert provider.issuer.startswith("http://localhost:")
    assert await answers(provider.issuer)
    await provider.stop()
    assert not await answers(provider.issuer)


async def test_a_provider_dies_with_its_parent() -> None:
    command = [sys.executable, "-c", _KILLED_PARENT]
    parent = await asyncio.to_thread(subprocess.run, command, cwd=REPOSITORY, stdout=subprocess.PIPE, timeout=60)
    issuer = parent.stdout.decode().strip()
    assert issuer.startswith("http://127.0.0.1:")
    async with asyncio.timeout(10):
        while await answers(issuer):  # noqa: ASYNC110 - another process's end sets no event of ours
            await asyncio.sleep(0.01)


async def test_a_script_changes_what_it_names_and_keeps_the_rest(acme: Relation) -> None:
    client_id = acme.client.client_id
    await acme.provider.script(client_id, rotate=False)
    behaviour = await acme.provider.script(client_id, access_token_lifetime_seconds=5)
    assert (behaviour.rotate, behaviour.access_token_lifetime_seconds) == (False, 5)


async def test_a_script_that_cannot_be_is_refused_and_changes_nothing(acme: Relation) -> None:
    client_id = acme.client.client_id
    for changes in ({"no_such_member": True}, {"rotate": "yes"}, {"iss": "sometimes"}):
        with pytest.raises(ValueError, match=r"\w"):
            await acme.provider.script(client_id, **changes)
    with pytest.raises(ValueError, match="No such client"):
        await acme.provider.script("nobody")
    assert (await acme.provider.script(client_id)).rotate
