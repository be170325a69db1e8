"""An organisation with a relay app at the benchmark's provider, and flows of its own made over the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import attrs
import httpx

from tests.support.served import Served
from tests.support.service import answered

_SECONDS = 30.0


@attrs.frozen(kw_only=True)
class Tenant:
    """Who asks.

    Attributes:
        key: An API key that may do everything in the organisation.
        app_id: An app of the organisation, at the provider.

    """

    organisation_id: str
    key: str
    app_id: str
    http: httpx.AsyncClient

    async def callback(self) -> str:
        """Start a flow; the target of the request that finalises it, as the relay's front end gets it."""
        body = {"appId": self.app_id, "authType": "oauth2"}
        started = answered(await self.http.post(self.below("connection-init"), json=body))
        [state] = parse_qs(urlsplit(started["action"]["redirect"]["url"]).query)["state"]
        return f"/v1alpha1/connections/oauth2/callback?code=code&state={quote(state)}"

    async def connection(self) -> dict[str, Any]:
        """A connection made by a whole flow, as the API shows it."""
        credential = answered(await self.http.get(await self.callback()), 201)
        listed = answered(await self.http.get(self.below("connections")))
        [connection] = [item for item in listed["items"] if item["credentialId"] == credential["id"]]
        return dict(connection)

    def below(self, path: str) -> str:
        return f"/v1alpha1/organisations/{self.organisation_id}/{path}"

    def token_target(self, connection_id: str) -> str:
        return self.below(f"connections/{connection_id}/token")


@asynccontextmanager
async def a_tenant(running: Served, provider: str) -> AsyncIterator[Tenant]:
    """A new organisation, asked of through this service."""
    async with running.service.caller() as caller:
        url, organisation_id = running.service.public_url, caller.organisation_id
        app = answered(await caller.post("apps", _app(provider)))
        key = caller.http.headers["Authorization"].removeprefix("Bearer ")
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=_SECONDS) as http:
        tenant = Tenant(organisation_id=organisation_id, key=key, app_id=app["id"], http=http)
        await tenant.connection()  # with it the app has learned how its provider takes the client's secret
        yield tenant


def _app(provider: str) -> dict[str, Any]:
    config = {
        "authorizationEndpoint": f"{provider}/authorize",
        "tokenEndpoint": f"{provider}/token",
        "clientId": "benchmark",
        "clientSecret": "made-up",
        "scopes": {"read": "Read", "offline_access": "Stay"},
    }
    return {
        "name": "Benchmark",
        "public": False,
        "server": {"url": provider},
        "authConfigs": [{"type": "oauth2", "data": config}],
        "returnUrls": [],
        "relayCallbackUrl": "http://127.0.0.1:9/relay",
    }
