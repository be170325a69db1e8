"""schemathesis: the OpenAPI document against the running service, with the keys of two organisations (C65, C70).

Two owners, so that what one reads the other must not; all phases. The gate's run has a pinned seed and few cases;
`make fuzz` takes FUZZ_MINUTES and a new seed, which it prints.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.service import Caller, Reachable, answered

_CONFIG = Path(__file__).parent / "schemathesis.toml"
_COMMAND = Path(sys.executable).parent / "schemathesis"


async def test_what_the_document_says_holds_for_the_running_service(fuzzed: Reachable, tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    async with fuzzed.caller() as one, fuzzed.caller() as two:
        for caller in (one, two):
            await furnish(caller)
        users.write_text(json.dumps({"auth": [as_user("one", one), as_user("two", two)]}))
        environment = {"USERS": str(users), "ORGANISATION": one.organisation_id}
        run = await asyncio.create_subprocess_exec(
            _COMMAND,
            f"--config-file={_CONFIG}",
            "run",
            f"{fuzzed.public_url}/schema/openapi.json",
            *longer(),
            env=dict(os.environ) | environment,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await run.communicate()
    sys.stdout.write(said.decode())
    assert run.returncode == 0


def longer() -> Sequence[str]:
    minutes = os.environ.get("FUZZ_MINUTES")
    return [] if minutes is None else [f"--max-time={60 * int(minutes)}", f"--seed={secrets.randbelow(1_000_000)}"]


def as_user(name: str, caller: Caller) -> dict[str, Any]:
    return {"name": name, "fixedHeaders": [{"name": "Authorization", "value": caller.http.headers["Authorization"]}]}


async def furnish(caller: Caller) -> None:
    """One of each thing, so that lists lead to identifiers that are there."""
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
    answered(await caller.post("connection-init", {"appId": app_id, "authType": "oauth2"}))
    answered(await caller.post("credentials", {"name": "a key", "type": "Raw", "data": {"raw": "c2VjcmV0"}}), 201)
