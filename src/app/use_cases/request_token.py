"""Send a token request: never twice once a byte of it may have arrived."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import attrs

from domain.auth_configs import HttpRefreshConfig
from domain.errors import FlowFailed, ProviderError, ProviderUnavailable, ProviderUnreachable
from domain.flows import without_secrets
from domain.http_refresh import fetch_request, read_fetched
from domain.ids import AttemptId
from domain.oauth.account import ExpectedIdToken
from domain.oauth.client import OAuthClient
from domain.oauth.client_authentication import other_style, style_of
from domain.oauth.http import ProviderRequest, ProviderResponse
from domain.oauth.token_response import read_token_response
from domain.ports import Clock, NothingSent, TokenExchanger
from domain.secret import Secret
from domain.tokens import TokenGrant

EXCHANGE_SECONDS = 20.0
"""For all tries together; one try has 15 s."""

_SECRET_MEMBERS = frozenset({"client_secret", "code", "code_verifier", "password", "refresh_token"})


@attrs.frozen(kw_only=True)
class RequestToken:
    """Send a grant's request and judge the answer.

    Sent again only where that is safe: once if nothing was sent, and once with the other client authentication after an
    ``invalid_client`` while the style is not known (the client was judged, not the code).
    """

    clock: Clock
    exchanger: TokenExchanger

    async def __call__(
        self,
        client: OAuthClient,
        client_secret: Secret | None,
        request_of: Callable[[OAuthClient], ProviderRequest],
        *,
        requested_scope: str,
        attempt: AttemptId,
        known_type: str | None = None,
        id_token: ExpectedIdToken | None = None,
    ) -> tuple[TokenGrant, OAuthClient]:
        """The grant, and the client in the style that worked, within EXCHANGE_SECONDS. Raises FlowFailed's leaves."""
        judge = partial(
            self._judged,
            read=partial(
                read_token_response,
                requested_scope=requested_scope,
                attempt=attempt,
                known_type=known_type,
                id_token=id_token,
            ),
        )
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):
                try:
                    grant = await judge(request_of(client))
                except ProviderError as error:
                    other = other_style(client, client_secret)
                    if error.error != "invalid_client" or other is None:
                        raise
                    client = other
                    grant = await judge(request_of(client))
        except TimeoutError as error:
            raise ProviderUnavailable from error
        except FlowFailed as error:
            # Without a cause: it holds what was struck out.
            raise without_secrets(error, _secrets_in(request_of(client), client_secret)) from None
        return grant, attrs.evolve(client, auth_style=style_of(client, client_secret))

    async def fetch(self, config: HttpRefreshConfig, secret: Secret, *, attempt: AttemptId) -> TokenGrant:
        """A token from an app's own address. Raises FlowFailed's leaves."""
        sent_at = self.clock.now()
        response = await self._send(fetch_request(config, secret))
        with _answered_by(response):
            return read_fetched(config, response, sent_at=sent_at, attempt=attempt)

    async def _judged(self, request: ProviderRequest, *, read: Callable[..., TokenGrant]) -> TokenGrant:
        sent_at = self.clock.now()
        response = await self._send(request)
        with _answered_by(response):
            return read(response, sent_at=sent_at)

    async def _send(self, request: ProviderRequest) -> ProviderResponse:
        try:
            return await self.exchanger.send(request)
        except NothingSent:
            try:
                return await self.exchanger.send(request)
            except NothingSent as error:
                raise ProviderUnreachable from error


@contextmanager
def _answered_by(response: ProviderResponse) -> Iterator[None]:
    """Have a refusal tell the answer's status, and when to ask again."""
    try:
        yield
    except FlowFailed as error:
        error.status, error.retry_after = response.status, response.retry_after
        raise


def _secrets_in(request: ProviderRequest, client_secret: Secret | None) -> list[Secret]:
    """What a provider may echo of a token request, and nobody may read."""
    form = request.form or {}
    sent = [value for name, value in form.items() if name in _SECRET_MEMBERS]
    return [*sent, *([client_secret] if client_secret is not None else [])]
