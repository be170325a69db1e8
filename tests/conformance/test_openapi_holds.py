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
from string import Template
from typing import Any

from tests.support.service import Caller, Reachable, answered

_CONFIG = Path(__file__).parent / "schemathesis.toml"
_COMMAND = Path(sys.executable).parent / "schemathesis"


async def test_what_the_document_says_holds_for_the_running_service(fuzzed: Reachable, tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    config = tmp_path / "schemathesis.toml"
    async with fuzzed.caller() as one, fuzzed.caller() as two:
        users.write_text(json.dumps({"auth": [as_user("one", one), as_user("two", two)]}))
        await furnish(two)
        config.write_text(Template(_CONFIG.read_text()).substitute(await furnish(one), USERS=users))
        run = await asyncio.create_subprocess_exec(
            _COMMAND,
            f"--config-file={config}",
            "run",
            f"{fuzzed.public_url}/schema/openapi.json",
            *longer(),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await run.communicate()
        sys.stdout.write(said.decode())
        assert run.returncode == 0
        # Had the run deleted the keys that it ran with, it would have seen nothing but 401 from then on.
        for caller in (one, two):
            answered(await caller.get("apps"))


def longer() -> Sequence[str]:
    minutes = os.environ.get("FUZZ_MINUTES")
    return [] if minutes is None else [f"--max-time={60 * int(minutes)}", f"--seed={secrets.randbelow(1_000_000)}"]


def as_user(name: str, caller: Caller) -> dict[str, Any]:
    return {"name": name, "fixedHeaders": [{"name": "Authorization", "value": caller.http.headers["Authorization"]}]}


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
