"""Ask for a grant in the way that a connection was made: nothing is stored yet."""

from collections.abc import Awaitable, Callable, Mapping

import attrs

from app.use_cases.client_secret import ReadClientSecret
from app.use_cases.minting import Mint
from app.use_cases.request_token import RequestToken
from domain.auth_configs import ApiKeyConfig, BasicAuthConfig, DirectGrantConfig, HttpRefreshConfig, JwtBearerConfig
from domain.connections import Connection
from domain.direct_grants import LEARNT_AUTH_STYLE, direct_client, direct_request
from domain.errors import NeedsReauthorization
from domain.filled_forms import names_kept
from domain.ids import AttemptId
from domain.oauth.account import ExpectedIdToken
from domain.oauth.client import OAuthClient
from domain.oauth.refresh_token import refresh_request
from domain.secret import Secret
from domain.tokens import TokenGrant


@attrs.frozen
class ObtainedGrant:
    """A grant, and what is kept beside it in its document."""

    grant: TokenGrant
    beside: Mapping[str, Secret]


@attrs.frozen(kw_only=True)
class ObtainGrant:
    """Spend the refresh token; or ask with the connection's own client, or at its app's own address."""

    mint: Mint
    client_secret: ReadClientSecret
    request_token: RequestToken

    async def __call__(
        self,
        connection: Connection,
        document: Mapping[str, Secret],
        grant: TokenGrant | None,
        *,
        before_spending: Callable[[], Awaitable[None]] | None = None,
    ) -> ObtainedGrant:
        """A new grant. ``document`` and ``grant`` are what is stored; ``before_spending`` a refresh token is awaited.

        Raises NeedsReauthorization without a refresh token to spend, FlowFailed's leaves, StorageUnavailable; TypeError
        for a connection that takes no grant.
        """
        attempt = self.mint.ulid(AttemptId)
        match connection.made_with:
            case OAuthClient() as client:
                return await self._refreshed(connection, client, grant, attempt, before_spending)
            case DirectGrantConfig() as config:
                return await self._direct(config, document, attempt)
            case HttpRefreshConfig() as config:
                fetched = await self.request_token.fetch(config, document["secret"], attempt=attempt)
                return ObtainedGrant(fetched, form_values(config, document))
            case ApiKeyConfig() | BasicAuthConfig() | JwtBearerConfig():
                raise TypeError("this connection has no grant")

    async def _refreshed(
        self,
        connection: Connection,
        client: OAuthClient,
        grant: TokenGrant | None,
        attempt: AttemptId,
        before_spending: Callable[[], Awaitable[None]] | None,
    ) -> ObtainedGrant:
        refresh_token = None if grant is None else grant.refresh_token
        if grant is None or refresh_token is None:
            raise NeedsReauthorization
        secret = await self.client_secret.of(connection)
        if before_spending is not None:
            await before_spending()
        answer, _ = await self.request_token(
            client,
            secret,
            lambda styled: refresh_request(styled, secret, refresh_token),
            requested_scope=grant.scope,
            attempt=attempt,
            known_type=grant.token_type,
            id_token=ExpectedIdToken.of(client) if "iss" in grant.account.members else None,
        )
        return ObtainedGrant(grant.renewed_by(answer), {})

    async def _direct(
        self, config: DirectGrantConfig, document: Mapping[str, Secret], attempt: AttemptId
    ) -> ObtainedGrant:
        answer, client = await self.request_token(
            direct_client(config, document),
            document["clientSecret"],
            lambda styled: direct_request(config, styled, document),
            requested_scope=" ".join(config.scopes),
            attempt=attempt,
        )
        # A refresh token would be one more secret for what the form's values bring anyway (RFC 6749 §4.4.3).
        beside = {**form_values(config, document), LEARNT_AUTH_STYLE: Secret(client.auth_style)}
        return ObtainedGrant(attrs.evolve(answer, refresh_token=None), beside)


def form_values(config: DirectGrantConfig | HttpRefreshConfig, document: Mapping[str, Secret]) -> Mapping[str, Secret]:
    """What the form left in a document, without the grant there."""
    names = names_kept(config)
    return {name: value for name, value in document.items() if name in names}
