"""The client's side of the flow, written by hand: what the provider's own tests speak with it."""

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import attrs
import httpx

from tests.support.browser import Browser
from tests.support.provider import ProviderClient, StrictProvider

REDIRECT_URI = "http://127.0.0.1:9/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters.0"
SECRET = "s3cret :%+ é"

_numbers = count()


@attrs.frozen
class Relation:
    """One client at one provider, by hand."""

    provider: StrictProvider
    client: ProviderClient
    http: httpx.AsyncClient

    def authorization_url(self, **changes: str | None) -> str:
        """A correct authorisation request, with members replaced, or left out where None."""
        parameters = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": "read offline_access",
            "state": "a-state",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        } | changes
        given = {name: value for name, value in parameters.items() if value is not None}
        return f"{self.provider.authorization_endpoint}?{urlencode(given)}"

    async def answer(
        self, *, button: str = "approve", account: str = "alice", **changes: str | None
    ) -> dict[str, list[str]]:
        """What comes back to the redirect URI when the resource owner presses the button."""
        async with Browser() as browser:
            consent = await browser.get(self.authorization_url(**changes))
            redirect = await browser.submit(consent, button=button, fields={"account": account}, until=_is_callback)
        assert redirect.location is not None
        return parse_qs(urlsplit(redirect.location).query)

    async def code(self, *, account: str = "alice", **changes: str | None) -> str:
        return (await self.answer(button="approve", account=account, **changes))["code"][0]

    async def redeem(self, code: str, **changes: str | None) -> httpx.Response:
        form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
        return await self.token({**form, "code": code, **changes})

    async def refresh(self, refresh_token: str, **changes: str | None) -> httpx.Response:
        return await self.token({"grant_type": "refresh_token", "refresh_token": refresh_token, **changes})

    async def granted(self) -> dict[str, Any]:
        """The answer to a fresh code."""
        answer: dict[str, Any] = (await self.redeem(await self.code())).raise_for_status().json()
        return answer

    async def token(self, form: dict[str, str | None], *, path: str = "/token") -> httpx.Response:
        """Send a form, authenticated as this client is registered."""
        body = {name: value for name, value in form.items() if value is not None}
        headers = {}
        if self.client.authentication == "client_secret_basic":
            headers["Authorization"] = basic(self.client.client_id, self.client.client_secret or "")
        else:
            body["client_id"] = self.client.client_id
        if self.client.authentication == "client_secret_post":
            body["client_secret"] = self.client.client_secret or ""
        return await self.http.post(f"{self.provider.issuer}{path}", data=body, headers=headers)


@asynccontextmanager
async def relation(provider: StrictProvider, **registration: Any) -> AsyncIterator[Relation]:
    """A client of its own at the provider."""
    registered = {"client_id": f"client {next(_numbers)}/%é", "redirect_uris": (REDIRECT_URI,), "client_secret": SECRET}
    client = ProviderClient(**(registered | registration))
    await provider.register(client)
    async with httpx.AsyncClient(trust_env=False) as http:
        yield Relation(provider, client, http)


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def basic(client_id: str, client_secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _is_callback(url: str) -> bool:
    return url.startswith(REDIRECT_URI)
