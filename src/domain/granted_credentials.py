"""The credential that a provider's grant makes."""

from datetime import datetime

from domain.credentials import CredentialData, CredentialType, OAuth2Refresh, Raw
from domain.errors import FieldError
from domain.oauth.client import AuthStyle, OAuthClient
from domain.secret import Secret
from domain.tokens import TokenGrant, Unusable


def type_of(grant: TokenGrant) -> CredentialType:
    """A grant with a refresh token is an OAuth2Refresh; without one, its access token is all there is."""
    return CredentialType.RAW if grant.refresh_token is None else CredentialType.OAUTH2_REFRESH


def expiry_of(grant: TokenGrant) -> datetime | None:
    """When the credential made of this grant ends: with its token, where nothing can renew it."""
    return grant.expires_at if grant.refresh_token is None else None


def data_of(grant: TokenGrant | Unusable, client: OAuthClient, *, client_secret: Secret | None) -> CredentialData:
    """The credential that a connection's grant makes, joined with the app's client secret."""
    if isinstance(grant, Unusable):
        return grant
    if grant.refresh_token is None:
        return Raw(grant.access_token)
    if client_secret is None and client.auth_style in {AuthStyle.HEADER, AuthStyle.BODY}:
        return Unusable((FieldError("clientSecret", "is missing: the app has none"),))
    return OAuth2Refresh(
        client_id=client.client_id,
        client_secret=client_secret,
        token_url=client.refresh_endpoint or client.token_endpoint,
        refresh_token=grant.refresh_token,
        auth_style=client.auth_style,
    )
