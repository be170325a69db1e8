"""schemathesis: the OpenAPI document against the running service, with the keys of two organisations (C65, C70).

Two owners, so that what one reads the other must not, and an administrator of the platform; all phases. The gate's run
has a pinned seed and few cases; `make fuzz` takes FUZZ_MINUTES and a new seed, which it prints.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import httpx

from tests.support.service import Caller, Reachable, answered

_CONFIG = Path(__file__).parent / "schemathesis.toml"
_COMMAND = Path(sys.executable).parent / "schemathesis"
# To an administrator the other operations answer one 403, which integration/http's table walks for all roles.
_OF_AN_ADMINISTRATOR = r"/organisations(/[^/]+(/(api-keys|signing-keys|audit-events|apps)(/.*)?)?)?$"


async def test_what_the_document_says_holds_for_the_owners_of_two_organisations(
    fuzzed: Reachable, tmp_path: Path
) -> None:
    async with fuzzed.caller() as one, fuzzed.caller() as two:
        await furnish(two)
        await hold(fuzzed, {"one": one.http, "two": two.http}, furnished=await furnish(one), folder=tmp_path)


async def test_what_the_document_says_holds_for_a_platform_administrator(fuzzed: Reachable, tmp_path: Path) -> None:
    async with (
        fuzzed.caller() as owner,
        fuzzed.caller() as stranger,
        fuzzed.http(fuzzed.admin_key.reveal()) as admin,
    ):
        users = {"one": admin, "two": stranger.http}
        # Not the stateful phase: an administrator may delete the organisation that the next step of it goes on with.
        options = ("--phases=examples,coverage,fuzzing", f"--include-path-regex={_OF_AN_ADMINISTRATOR}")
        await hold(fuzzed, users, *options, furnished=await furnish(owner), folder=tmp_path)


async def hold(
    service: Reachable,
    users: Mapping[str, httpx.AsyncClient],
    *options: str,
    furnished: Mapping[str, str],
    folder: Path,
) -> None:
    """Run with these users' keys, all phases unless the options say otherwise."""
    keys, config = folder / "users.json", folder / "schemathesis.toml"
    keys.write_text(json.dumps({"auth": [as_user(name, http) for name, http in users.items()]}))
    config.write_text(Template(_CONFIG.read_text()).substitute(furnished, USERS=keys))
    run = await asyncio.create_subprocess_exec(
        _COMMAND,
        f"--config-file={config}",
        "run",
        f"{service.public_url}/schema/openapi.json",
        *options,
        *longer(),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await run.communicate()
    sys.stdout.write(said.decode())
    assert run.returncode == 0
    # Had the run deleted the keys that it ran with, it would have seen nothing but 401 from then on.
    for http in users.values():
        answered(await http.get("/v1alpha1/apps"))


def longer() -> Sequence[str]:
    minutes = os.environ.get("FUZZ_MINUTES")
    return [] if minutes is None else [f"--max-time={60 * int(minutes)}", f"--seed={secrets.randbelow(1_000_000)}"]


def as_user(name: str, http: httpx.AsyncClient) -> dict[str, Any]:
    return {"name": name, "fixedHeaders": [{"name": "Authorization", "value": http.headers["Authorization"]}]}


async def furnish(caller: Caller) -> dict[str, str]:
    """One of each thing, so that lists lead to what is there; what the configuration names of them."""
    app = {
        "name": "Example CRM",
        "public": False,
        "server": {"url": "https://api.provider.example"},
        "authConfigs": [
            {"type": "apikey", "data": {"name": "X-Api-Key", "in": "header"}},
            {
                "type": "oauth2",
                "data": {
                    "authorizationEndpoint": "https://provider.example/authorize",
                    "tokenEndpoint": "https://provider.example/token",
                    "clientId": "the-client",
                    "scopes": {"read": "Read"},
                },
            },
        ],
    }
    app_id = answered(await caller.post("apps", app))["id"]
    form = {"name": "by form", "appId": app_id, "authType": "apikey", "data": {"apiKey": "the-api-key"}}
    answered(await caller.post("connections", form), 201)
    flow = answered(await caller.post("connection-init", {"appId": app_id, "authType": "oauth2"}))
    answered(await caller.post("credentials", {"name": "a key", "type": "Raw", "data": {"raw": "c2VjcmV0"}}), 201)
    return {"ORGANISATION": caller.organisation_id, "APP": app_id, "FLOW": flow["flowId"]}
