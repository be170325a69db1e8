"""What every test of the API needs: the shape of a refusal, a body to send, an organisation that has everything."""

from collections.abc import Mapping
from typing import Any

import attrs
import httpx

from tests.support.postgres import behind
from tests.support.service import Caller, Service, Setting, answered

A_PUBLIC_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
"""RFC 8037, appendix A.2."""
UNKNOWN = "01KNZ5Q2M0ABCDEFGHJKMNPQRS"
JSON = {"Content-Type": "application/json"}


@attrs.frozen(kw_only=True)
class Connected:
    """An organisation with an app, a flow that ended, its connection and its credential."""

    caller: Caller
    ids: Mapping[str, str]


async def connect(setting: Setting) -> Connected:
    started, callback = await setting.relayed()
    credential = answered(await setting.caller.callback(callback), 201)
    flow = await setting.caller.flow(started["flowId"])
    key = answered(await setting.caller.post("api-keys", {"name": "one of many", "roles": ["viewer"]}), 201)
    signing_key = {"name": "one of many", "algorithm": "EdDSA", "publicKey": A_PUBLIC_KEY}
    signing = answered(await setting.caller.post("signing-keys", signing_key), 201)
    ids = {
        "organisation_id": setting.caller.organisation_id,
        "key_id": key["id"],
        "signing_key_id": signing["id"],
        "app_id": setting.app["id"],
        "flow_id": flow["flowId"],
        "connection_id": flow["connectionId"],
        "credential_id": credential["id"],
    }
    return Connected(caller=setting.caller, ids=ids)


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, whose shape is the same for all (api.md, Conventions; RFC 9457)."""
    assert response.status_code == status, (response.status_code, response.text)
    body: dict[str, Any] = response.json()
    assert body["code"] == code, body
    assert body["message"].endswith(".")
    assert body["extensions"]["requestId"] == response.headers["X-Request-Id"]
    told = {name: body[name] for name in ("type", "status", "detail", "instance")}
    assert told == {
        "type": "about:blank",
        "status": status,
        "detail": body["message"],
        "instance": response.request.url.path,
    }
    assert body["title"]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json"
    return body


def fields(response: httpx.Response) -> list[str]:
    """The members that a 400 names."""
    body = refused(response, 400, "invalid_request")
    return [field["field"] for field in body["extensions"].get("fields", [])]


def apart_from_its_request(response: httpx.Response) -> tuple[int, dict[str, Any]]:
    """What must not differ between two refusals."""
    body = response.json()
    del body["instance"], body["extensions"]["requestId"]
    return response.status_code, body


def an_app(**changes: Any) -> dict[str, Any]:
    """A body that makes an app whose flows end on our landing page."""
    data = {
        "authorizationEndpoint": "https://provider.example/authorize",
        "tokenEndpoint": "https://provider.example/token",
        "clientId": "the-client",
        "clientSecret": "the-client-secret",
        "scopes": {"read": "Read", "write": "Write"},
    }
    body: dict[str, Any] = {
        "name": "Example CRM",
        "public": False,
        "server": {"url": "https://api.provider.example"},
        "authConfigs": [{"type": "oauth2", "data": data}],
    }
    return body | changes


def an_oauth2_config(**changes: Any) -> dict[str, Any]:
    config: dict[str, Any] = an_app()["authConfigs"][0]
    return {"type": "oauth2", "data": config["data"] | changes}


async def execute(service: Service, statement: str, **parameters: object) -> None:
    """Change the service's database behind its back."""
    async with behind(service.container.pool()) as connection:
        await connection.execute(statement, parameters)
