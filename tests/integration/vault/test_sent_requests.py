"""What every request carries, and what none does."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from aiohttp import web

from adapters.system.correlation import ContextCorrelation
from adapters.vault.login import Jwt, TokenFile
from domain.ports import SecretStoreUnavailable
from tests.integration.vault.scripted import A_VERSION, ScriptedVault

WRITTEN = {"data": {"version": 1}}
OPEN = {"initialized": True, "sealed": False, "standby": False}


def index(value: int) -> str:
    return base64.b64encode(json.dumps({"cluster": "c", "value": str(value)}).encode()).decode()


async def test_token_namespace_and_the_mark_against_forgery_are_sent(scripted: ScriptedVault) -> None:
    scripted.answers(200, A_VERSION)
    await scripted.client(namespace="team").read_version("switchboard", "acme/apps/a")
    headers = scripted.asked[0].headers
    assert headers["X-Vault-Token"] == "token"
    assert headers["X-Vault-Namespace"] == "team"
    assert headers["X-Vault-Request"] == "true"
    assert headers["Accept-Encoding"] == "identity"


async def test_health_is_asked_outside_namespaces(scripted: ScriptedVault) -> None:
    scripted.answers(200, OPEN)
    await scripted.client(namespace="team").seal_status()
    assert "X-Vault-Namespace" not in scripted.asked[0].headers


async def test_the_newest_write_is_what_reads_must_have_seen(scripted: ScriptedVault) -> None:
    client = scripted.client()
    for value in (8, 9, 7):
        scripted.answers(200, WRITTEN, headers={"X-Vault-Index": index(value)})
    scripted.answers(200, A_VERSION, headers={"X-Vault-Index": index(99)})
    for _ in range(3):
        await client.write_version("switchboard", "acme/apps/a", {}, cas=0)
    for _ in range(2):
        await client.read_version("switchboard", "acme/apps/a")
    sent = [asked.headers.get("X-Vault-Index") for asked in scripted.asked]
    assert sent == [None, None, None, index(9), index(9)]


async def test_cookies_are_not_kept(scripted: ScriptedVault) -> None:
    client = scripted.client()
    scripted.answers(200, A_VERSION, headers={"Set-Cookie": "balancer=node-1; Path=/"})
    for _ in range(2):
        await client.read_version("switchboard", "acme/apps/a")
    assert "Cookie" not in scripted.asked[1].headers


async def test_of_many_whose_token_is_refused_at_once_one_logs_in(scripted: ScriptedVault, tmp_path: Path) -> None:
    (tmp_path / "jwt").write_text("a.b.c")
    logins = 0

    async def vault(request: web.Request) -> web.Response:
        nonlocal logins
        if request.path == "/v1/auth/kubernetes/login":
            assert "X-Vault-Token" not in request.headers
            logins += 1
            return web.json_response({"auth": {"client_token": f"token {logins}"}})
        if request.headers.get("X-Vault-Token") == valid:
            return web.json_response(A_VERSION)
        return web.json_response({"errors": ["permission denied"]}, status=403)

    scripted.does(vault)
    client = scripted.client(Jwt(role="service", jwt_file=tmp_path / "jwt", mount="kubernetes"))
    for round_number in (1, 2):
        valid = f"token {round_number}"
        await asyncio.gather(*(client.read_version("switchboard", "acme/apps/a") for _ in range(100)))
        assert logins == round_number


async def test_a_token_that_stays_refused_is_tried_twice_and_no_more(scripted: ScriptedVault, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("token 1")
    scripted.answers(403, {"errors": ["permission denied"]})
    client = scripted.client(TokenFile(tmp_path / "token"))
    with pytest.raises(SecretStoreUnavailable, match="refuses our token"):
        await client.look_up_own_token()
    assert len(scripted.asked) == 1
    (tmp_path / "token").write_text("token 2")
    with pytest.raises(SecretStoreUnavailable, match="refuses our token"):
        await client.look_up_own_token()
    assert [asked.headers["X-Vault-Token"] for asked in scripted.asked[1:]] == ["token 1", "token 2"]


async def test_the_request_that_vault_is_asked_for_is_named_and_a_job_names_none(scripted: ScriptedVault) -> None:
    scripted.answers(200, A_VERSION)
    client = scripted.client()
    with ContextCorrelation().under("the-request"):
        await client.read_version("switchboard", "acme/apps/a")
    await client.read_version("switchboard", "acme/apps/a")
    during, after = scripted.asked
    assert during.headers["X-Correlation-Id"] == "the-request"
    assert "X-Correlation-Id" not in after.headers
