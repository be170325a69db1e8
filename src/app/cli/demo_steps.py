"""The main job, step by step, as any client of the API could do it. Each step shows what it saw, and nothing secret."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import httpx

from app.cli.api import Api
from app.cli.demo_browser import DemoBrowser, Page, without_query
from app.cli.dev_organisation import BELOW, create_app, init_connection
from app.cli.failures import Unexpected
from app.cli.ready_file import Ready
from app.cli.steps import Steps
from domain.secret import Secret

_APP = "Example CRM"
_SECONDS_BETWEEN_LOOKS = 0.1
_FINGERPRINT_CHARACTERS = 12


@attrs.frozen
class IssuedToken:
    access_token: Secret
    expires_at: datetime

    @property
    def words(self) -> str:
        left = (self.expires_at - datetime.now(UTC)).total_seconds()
        return f"SHA-256 {self.access_token.fingerprint()[:_FINGERPRINT_CHARACTERS]}…, good for {left:.0f} s"


@attrs.frozen
class Demo:
    """``provider_url`` is the ready file's; the provider's first tokens live for some seconds only."""

    ready: Ready
    provider_url: str
    api: Api
    browser: DemoBrowser
    steps: Steps

    def run(self) -> None:
        """Raises Unexpected, ApiError."""
        app = self._create_app()
        flow = self._init(app)
        consent = self._start(flow)
        callback = self._consent(consent)
        self._land(callback)
        connection = self._look_at_connection(flow)
        first = self._issue_first(connection)
        self._look_at_credential(connection)
        self._look_into_vault(connection)
        self._issue_refreshed(connection, first)

    def _create_app(self) -> Mapping[str, Any]:
        with self.steps.doing("Creating an app for the provider") as seen:
            app = create_app(self.api, name=_APP, issuer=self.provider_url)
            expect(app["supportedAuthConfigs"][0]["isValid"], "The app's configuration is not valid.")
            seen(f"App “{_APP}” {app['id']}; registered at the provider: {app['callbackUrl']}")
        return app

    def _init(self, app: Mapping[str, Any]) -> Mapping[str, Any]:
        with self.steps.doing("connection-init") as seen:
            flow = init_connection(self.api, app["id"])
            expect_status(self.api, flow, "waiting")
            seen(f"connection-init: flow {flow['flowId']} waits for a browser until {flow['expiresAt']}")
        return flow

    def _start(self, flow: Mapping[str, Any]) -> str:
        with self.steps.doing("Opening the start page") as seen:
            page = self.browser.get(flow["action"]["redirect"]["url"])
            started = self.browser.submit(page, page.form_with("token"))
            expect_status(self.api, flow, "started")
            seen(f"Start page: “{page.heading}”; its button leads to {without_query(started.leads_on())}")
        return started.leads_on()

    def _consent(self, url: str) -> str:
        with self.steps.doing("Consenting at the provider") as seen:
            page = self.browser.get(url)
            consented = self.browser.submit(page, page.form_with("sub"), sub="alice")
            seen(f"Provider: “{page.heading}”, signed in as alice; back to {without_query(consented.leads_on())}")
        return consented.leads_on()

    def _land(self, url: str) -> None:
        with self.steps.doing("Landing") as seen:
            landed = self.browser.get(url)
            page: Page = self.browser.get(landed.leads_on())
            expect(page.heading == "Connected", f"The page says “{page.heading}”.")
            seen(f"Landing page: code exchanged; {page.url} says “{page.heading}”")

    def _look_at_connection(self, flow: Mapping[str, Any]) -> Mapping[str, Any]:
        with self.steps.doing("Looking at the connection") as seen:
            ended = expect_status(self.api, flow, "connected")
            connection = self.api.get(f"{BELOW}/connections/{ended['connectionId']}")
            expect(connection["status"] == "active", f"The connection is {connection['status']}.")
            scopes = " ".join(connection["scopes"])
            seen(f"Flow connected; connection {connection['id']} is active, scopes: {scopes}")
        return connection

    def _issue_first(self, connection: Mapping[str, Any]) -> IssuedToken:
        with self.steps.doing("Asking for a token") as seen:
            token = self._issue(connection)
            seen(f"Access token issued: {token.words}")
        return token

    def _look_at_credential(self, connection: Mapping[str, Any]) -> None:
        with self.steps.doing("Reading the credential") as seen:
            credential = self.api.get(f"{BELOW}/credentials/{connection['credentialId']}")
            shown = set(credential["data"])
            expect(not shown & {"clientSecret", "refreshToken", "raw"}, "The credential is not redacted.")
            seen(f"Credential {credential['id']}, {credential['type']}, shows only {', '.join(sorted(shown))}")

    def _look_into_vault(self, connection: Mapping[str, Any]) -> None:
        with self.steps.doing("Looking into Vault") as seen:
            path = f"switchboard/data/{self.ready.organisation_id}/credentials/{connection['credentialId']}"
            names = names_in_vault(self.ready, path)
            expect({"access_token", "refresh_token"} <= names, f"Vault's {path} holds no tokens.")
            seen(f"OpenBao {path} holds {', '.join(sorted(names))}")

    def _issue_refreshed(self, connection: Mapping[str, Any], first: IssuedToken) -> None:
        with self.steps.doing(f"Waiting until it expires, at {first.expires_at:%H:%M:%S} UTC", slow=True) as seen:
            while datetime.now(UTC) <= first.expires_at:
                time.sleep(_SECONDS_BETWEEN_LOOKS)
            seen(f"It expired at {first.expires_at:%H:%M:%S} UTC")
        with self.steps.doing("Asking for a token again") as seen:
            token = self._issue(connection)
            expect(token.access_token != first.access_token, "The same token was issued again.")
            expect(token.expires_at > datetime.now(UTC), "What was issued has expired.")
            refreshed = self.api.get(f"{BELOW}/connections/{connection['id']}")
            expect("lastRefreshedAt" in refreshed, "The connection does not say that it was refreshed.")
            seen(f"A fresh one: {token.words}; refreshed at {refreshed['lastRefreshedAt']}")

    def _issue(self, connection: Mapping[str, Any]) -> IssuedToken:
        answer = self.api.post(f"{BELOW}/connections/{connection['id']}/token", {"minimumValidity": 0})
        return IssuedToken(Secret(answer["access_token"]), datetime.fromisoformat(answer["expires_at"]))


def expect(holds: object, otherwise: str) -> None:
    """Raises Unexpected where it does not hold."""
    if not holds:
        raise Unexpected(otherwise)


def expect_status(api: Api, flow: Mapping[str, Any], status: str) -> Mapping[str, Any]:
    """The flow as it reads now. Raises Unexpected where it has another status."""
    read = api.get(f"{BELOW}/connection-init/{flow['flowId']}")
    expect(read["status"] == status, f"The flow is {read['status']}, where {status} was expected.")
    return read


def names_in_vault(ready: Ready, path: str) -> set[str]:
    """The names of what is kept there; the values are not looked at. Raises Unexpected."""
    with httpx.Client(trust_env=False) as client:
        headers = {"X-Vault-Token": ready.vault_token.reveal()}
        response = client.get(f"{ready.vault_addr}/v1/{path}", headers=headers)
    expect(response.is_success, f"OpenBao answered {path} with {response.status_code}.")
    return set(response.json()["data"]["data"])
