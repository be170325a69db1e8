"""The client credentials grant (RFC 6749 §4.4)."""

from collections.abc import Mapping, Sequence

from domain.oauth.authorization_code import additional
from domain.oauth.client import OAuthClient
from domain.oauth.client_authentication import authenticated
from domain.oauth.http import ProviderRequest
from domain.secret import Secret


def client_credentials_request(
    client: OAuthClient, client_secret: Secret | None, *, scopes: Sequence[str], others: Mapping[str, Secret]
) -> ProviderRequest:
    """The request of §4.4.2. ``others`` are the connection's own members, which override none of the grant's."""
    form = {"grant_type": Secret("client_credentials")}
    if scopes:
        form["scope"] = Secret(" ".join(scopes))
    return authenticated(
        client, client_secret, url=client.token_endpoint, form=additional(client) | dict(others) | form
    )
