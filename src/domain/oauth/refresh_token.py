"""The refresh token grant (RFC 6749 §6)."""

from domain.oauth.authorization_code import additional
from domain.oauth.client import OAuthClient
from domain.oauth.client_authentication import authenticated
from domain.oauth.http import ProviderRequest
from domain.secret import Secret


def refresh_request(client: OAuthClient, client_secret: Secret | None, refresh_token: Secret) -> ProviderRequest:
    """The request for a new access token. It names no scope: absent is "as granted", and some providers refuse any."""
    form = {"grant_type": Secret("refresh_token"), "refresh_token": refresh_token}
    url = client.refresh_endpoint or client.token_endpoint
    return authenticated(client, client_secret, url=url, form=additional(client) | form)
