"""What a load balancer, a standby or a Vault under strain may answer, and what we make of it."""

import asyncio
from contextlib import suppress

import pytest
from aiohttp import web

from domain.ports import SecretConflict, SecretMissing, SecretStoreUnavailable
from tests.integration.vault.scripted import A_VERSION, ScriptedVault

UPGRADING = {"errors": ["Upgrading from non-versioned to versioned data. This backend will be unavailable."]}
CONFLICT = {"errors": ["check-and-set parameter did not match the current version"]}
TOO_LARGE = {"errors": ["1 error occurred: * put failed due to value being too large; max 1048576 bytes"]}
WRITTEN = {"data": {"version": 1}}


async def read(vault: ScriptedVault) -> int:
    return (await vault.client().read_version("switchboard", "acme/apps/a")).version


async def write(vault: ScriptedVault) -> int:
    return await vault.client(deadline_seconds=1).write_version("switchboard", "acme/apps/a", {}, cas=0)


@pytest.mark.parametrize(
    ("status", "answer"), [(429, {"errors": []}), (412, {"errors": ["required index"]}), (400, UPGRADING)]
)
async def test_a_node_that_is_behind_is_asked_again(scripted: ScriptedVault, status: int, answer: object) -> None:
    scripted.answers(status, answer)
    scripted.answers(status, answer)
    scripted.answers(200, A_VERSION)
    assert await read(scripted) == 1
    assert len(scripted.asked) == 3


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (307, {}, "standby"),
        (308, {}, "standby"),
        (400, {"errors": ["failed to parse JSON input"]}, "its log says why"),
        (404, {"errors": ["no handler for route"]}, "SWITCHBOARD_VAULT_KV_MOUNT"),
        (413, {"errors": ["http: request body too large"]}, "larger than Vault takes"),
        (429, {"errors": ["rate limit quota exceeded"]}, "rate limit"),
        (500, TOO_LARGE, "larger than Vault takes"),
        (500, {"errors": ["local node not active but active cluster node not found"]}, "its log says why"),
        (502, None, "its log says why"),
        (503, {"errors": ["Vault is sealed"]}, "Unseal it"),
    ],
)
async def test_any_other_refusal_is_told_at_once(
    scripted: ScriptedVault, status: int, answer: object, told: str
) -> None:
    scripted.answers(status, answer, headers={"Location": "/v1/elsewhere"})
    for attempt in (read, write):
        scripted.asked.clear()
        with pytest.raises(SecretStoreUnavailable, match=told) as raised:
            await attempt(scripted)
        assert raised.value.__cause__ is not None
        assert len(scripted.asked) == 1


async def test_a_node_that_stays_behind_is_told_and_the_index_it_does_not_reach_is_given_up(
    scripted: ScriptedVault,
) -> None:
    client = scripted.client()
    scripted.answers(200, WRITTEN, headers={"X-Vault-Index": "never reached"})
    scripted.answers(429, {"errors": []})
    await client.write_version("switchboard", "acme/apps/a", {}, cas=0)
    with pytest.raises(SecretStoreUnavailable, match="behind"):
        await client.read_version("switchboard", "acme/apps/a")
    assert scripted.asked[1].headers["X-Vault-Index"] == "never reached"
    assert "X-Vault-Index" not in scripted.asked[-1].headers


async def test_a_failed_check_and_set_is_a_conflict(scripted: ScriptedVault) -> None:
    scripted.answers(400, CONFLICT)
    with pytest.raises(SecretConflict):
        await write(scripted)


@pytest.mark.parametrize("answer", [{"errors": []}, {"data": {"data": None, "metadata": {"version": 2}}}])
async def test_what_never_was_and_what_was_deleted_is_missing(scripted: ScriptedVault, answer: object) -> None:
    scripted.answers(404, answer)
    with pytest.raises(SecretMissing):
        await read(scripted)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"{}", b'{"data":', b"[" * 100_000, b'{"data": null}', b" " * 2**21 + b"{}"]
)
async def test_what_vault_would_not_answer_is_told(scripted: ScriptedVault, body: bytes) -> None:
    async def answering(_: web.Request) -> web.Response:
        return web.Response(body=body)

    scripted.does(answering)
    with pytest.raises(SecretStoreUnavailable, match="not Vault"):
        await read(scripted)


async def test_an_answer_without_end_is_cut_off(scripted: ScriptedVault) -> None:
    async def answering(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65536)
        return response

    scripted.does(answering)
    with pytest.raises(SecretStoreUnavailable, match="not Vault"):
        await read(scripted)


async def test_the_deadline_counts_for_the_whole_answer(scripted: ScriptedVault) -> None:
    over = asyncio.Event()

    async def answering(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"{")
        await over.wait()
        return response

    scripted.does(answering)
    with pytest.raises(SecretStoreUnavailable, match="did not answer in time"):
        await scripted.client(deadline_seconds=0.2).read_version("switchboard", "acme/apps/a")
    over.set()


async def test_a_write_whose_connection_broke_is_not_sent_again(scripted: ScriptedVault) -> None:
    async def breaking(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    scripted.answers(200, A_VERSION)
    scripted.does(breaking)
    await read(scripted)
    with pytest.raises(SecretStoreUnavailable, match="broke off"):
        await write(scripted)
    assert [asked.method for asked in scripted.asked] == ["GET", "POST"]
