"""Switchboard in this process on real servers, asked as its callers ask it: over HTTP, from scripted browsers."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import attrs
import httpx

from adapters.postgres.migrator import PostgresMigrator
from app.asgi import create_service
from app.container import Container, opened
from app.settings import Settings
from domain.secret import Secret
from tests.support.browser import Browser, Page
from tests.support.documented import hold_to_document
from tests.support.provider import ProviderClient, StrictProvider, TokenSeen
from tests.support.servers import PostgresServer
from tests.support.tls import TLS
from tests.support.vault import VaultMount

PUBLIC_URL = "http://127.0.0.1:8080"


@attrs.frozen
class Caller:
    """Somebody with an API key of one organisation."""

    http: httpx.AsyncClient
    organisation_id: str

    async def post(self, path: str, body: object | None = None) -> httpx.Response:
        return await self.http.post(self.below(path), json=body)

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.http.get(self.below(path), params=query)

    async def put(self, path: str, body: object) -> httpx.Response:
        return await self.http.put(self.below(path), json=body)

    async def delete(self, path: str) -> httpx.Response:
        return await self.http.delete(self.below(path))

    def below(self, path: str) -> str:
        return f"/v1alpha1/organisations/{self.organisation_id}/{path}"

    async def callback(self, callback_url: str) -> httpx.Response:
        """Hand over what the provider sent to the relay's front end."""
        query = httpx.URL(callback_url).query.decode()
        return await self.http.get(f"/v1alpha1/connections/oauth2/callback?{query}")

    async def token(self, connection_id: str, **body: object) -> httpx.Response:
        return await self.post(f"connections/{connection_id}/token", body or None)

    async def flow(self, flow_id: str) -> dict[str, Any]:
        return answered(await self.get(f"connection-init/{flow_id}"))


@attrs.frozen
class Reachable:
    """A service that answers at ``public_url``: over loopback, or in this process through ``transport``."""

    public_url: str
    admin_key: Secret
    transport: httpx.AsyncBaseTransport | None

    def http(self, key: str | None) -> httpx.AsyncClient:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return httpx.AsyncClient(
            transport=self.transport,
            base_url=self.public_url,
            headers=headers,
            verify=TLS,
            event_hooks={"response": [hold_to_document]},
        )

    def browser(self) -> Browser:
        return Browser(mounts={} if self.transport is None else {self.public_url: self.transport})

    @asynccontextmanager
    async def caller(self, *roles: str, organisation_id: str | None = None) -> AsyncIterator[Caller]:
        """A key with these roles, ``owner`` unless told, in a new organisation or in that one."""
        async with self.http(self.admin_key.reveal()) as admin:
            if organisation_id is None:
                organisation = await admin.post("/v1alpha1/organisations", json={"name": "Acme Ltd"})
                organisation_id = answered(organisation, 201)["id"]
            body = {"name": "the tests", "roles": list(roles or ("owner",))}
            made = answered(await admin.post(f"/v1alpha1/organisations/{organisation_id}/api-keys", json=body), 201)
        async with self.http(made["key"]) as http:
            yield Caller(http, organisation_id)


@attrs.frozen
class Service(Reachable):
    """The service in this process."""

    container: Container
    dsn: Secret
    vault: VaultMount


@attrs.frozen
class Setting:
    """An app of ours at the strict provider, and the caller whose app it is."""

    service: Reachable
    caller: Caller
    provider: StrictProvider
    client_id: str
    client_secret: str
    app: dict[str, Any]

    async def start(self, **body: object) -> dict[str, Any]:
        """connection-init's answer."""
        request = {"appId": self.app["id"], "authType": "oauth2"} | body
        return answered(await self.caller.post("connection-init", request))

    async def consent(
        self, browser: Browser, started: dict[str, Any], *, button: str = "approve", account: str = "alice"
    ) -> str:
        """Go from the link through start page and consent; the callback's address, not yet asked for."""
        page = await browser.get(started["action"]["redirect"]["url"])
        if page.url.startswith(self.service.public_url):
            page = await browser.submit(page)
        redirect = await browser.submit(page, button=button, fields={"account": account}, until=self.is_callback)
        assert redirect.location is not None
        return redirect.location

    async def connect(self, browser: Browser, **body: object) -> dict[str, Any]:
        """The whole flow on the page; the flow as it ended."""
        started = await self.start(**body)
        await browser.get(await self.consent(browser, started))
        return await self.caller.flow(started["flowId"])

    async def relayed(self, *, account: str = "alice", **body: object) -> tuple[dict[str, Any], str]:
        """A relay's flow up to the callback: connection-init's answer, and what its front end received."""
        started = await self.start(**body)
        async with self.service.browser() as browser:
            return started, await self.consent(browser, started, account=account)

    async def connection(self, **script: Any) -> str:
        """The id of a new connection, made while the provider behaves so; afterwards its tokens last an hour."""
        await self.script(**script)
        started, callback = await self.relayed()
        answered(await self.caller.callback(callback), 201)
        await self.script(access_token_lifetime_seconds=3600)
        return str((await self.caller.flow(started["flowId"]))["connectionId"])

    async def rejected(self, connection_id: str) -> str:
        """What to say of the connection's token so that it is refreshed, whenever it is due."""
        token = answered(await self.caller.token(connection_id))["access_token"]
        return hashlib.sha256(token.encode()).hexdigest()

    async def refreshes(self) -> int:
        """How many refreshes the provider saw."""
        return sum(seen.grant_type == "refresh_token" for seen in await self.token_requests())

    async def script(self, **changes: Any) -> None:
        """How the provider behaves towards this app from now on."""
        await self.provider.script(self.client_id, **changes)

    async def token_requests(self) -> Sequence[TokenSeen]:
        """What the provider's token endpoint saw of this app."""
        return (await self.provider.ledger(self.client_id)).token_requests

    def is_callback(self, url: str) -> bool:
        return url.startswith(self.app.get("callbackUrl") or self.app["relayCallbackUrl"])


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal with this status and code."""
    body = answered(response, status)
    assert body["code"] == code, body
    return body


def answered(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The body of an answer that has this status."""
    assert response.status_code == status, (response.status_code, response.text)
    body: dict[str, Any] = response.json()
    return body


@asynccontextmanager
async def a_service(
    postgres: PostgresServer,
    vault: VaultMount,
    *,
    arrange: Callable[[Container], None] = lambda _: None,
    **settings: Any,
) -> AsyncIterator[Service]:
    """The service on a database and a mount of its own, under the service's token; ``arrange`` overrides adapters."""
    admin_key = Secret(secrets.token_urlsafe(32))
    with postgres.database() as dsn:
        PostgresMigrator(dsn).migrate()
        members: dict[str, Any] = {
            "public_url": PUBLIC_URL,
            "database_url": dsn,
            "vault_addr": vault.address,
            "vault_token": vault.service_token,
            "vault_kv_mount": vault.mount,
            "vault_transit_mount": vault.transit_mount,
            "bootstrap_admin_key": admin_key,
            "allow_insecure_providers": True,
        }
        container = Container(settings=Settings(**members | settings))
        arrange(container)
        app = create_service(container)
        async with opened(container):
            asgi = cast("Callable[..., Any]", app)  # httpx and Litestar spell ASGI's types differently
            yield Service(PUBLIC_URL, admin_key, httpx.ASGITransport(app=asgi), container, dsn, vault)


@asynccontextmanager
async def a_replica(
    service: Service, *, arrange: Callable[[Container], None] = lambda _: None
) -> AsyncIterator[Service]:
    """Another one of the service, on the same database and mount."""
    container = Container(settings=service.container.settings())
    arrange(container)
    app = create_service(container)
    async with opened(container):
        asgi = cast("Callable[..., Any]", app)
        yield attrs.evolve(service, transport=httpx.ASGITransport(app=asgi), container=container)


@asynccontextmanager
async def a_setting(
    service: Reachable,
    provider: StrictProvider,
    *,
    relay: bool = False,
    client: dict[str, Any] | None = None,
    **config: Any,
) -> AsyncIterator[Setting]:
    """A new organisation with an app at the provider, registered there as the app's own answer says."""
    client_id = f"client-{secrets.token_hex(4)}"
    secret = secrets.token_urlsafe(24)
    async with service.caller() as caller:
        data = {
            "authorizationEndpoint": provider.authorization_endpoint,
            "tokenEndpoint": provider.token_endpoint,
            "issuer": provider.issuer,
            "clientId": client_id,
            "clientSecret": secret,
            "scopes": {"read": "Read", "offline_access": "Stay"},
        } | config
        body: dict[str, Any] = {
            "name": "Example CRM",
            "public": False,
            "server": {"url": provider.issuer},
            "authConfigs": [{"type": "oauth2", "data": {k: v for k, v in data.items() if v is not None}}],
            "returnUrls": ["http://127.0.0.1:9/done?kept=1"],
        }
        if relay:
            body["relayCallbackUrl"] = f"http://127.0.0.1:9/relay/{client_id}"
        app = answered(await caller.post("apps", body))
        registered: dict[str, Any] = {
            "redirect_uris": (app.get("callbackUrl") or app["relayCallbackUrl"],),
            "client_secret": secret,
            "authentication": "client_secret_basic",
            "scopes": ("read", "offline_access"),
        }
        await provider.register(ProviderClient(client_id, **registered | (client or {})))
        yield Setting(service, caller, provider, client_id, secret, app)


def words_of(page: Page) -> str:
    """What a person reads, roughly: the page without its head."""
    return page.text.partition("<body>")[2]
