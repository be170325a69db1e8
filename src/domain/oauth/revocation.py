"""Token revocation (RFC 7009)."""

from enum import StrEnum, auto

from domain.errors import ProviderProtocolError, ProviderUnavailable
from domain.oauth.body import read_object
from domain.oauth.client import OAuthClient
from domain.oauth.client_authentication import authenticated
from domain.oauth.http import ProviderRequest, ProviderResponse
from domain.secret import Secret
from domain.tokens import TokenGrant


class Revocation(StrEnum):
    """What became of a grant at its provider when we were done with it; all but the first left it standing there."""

    REVOKED = auto()
    NOTHING_STORED = auto()  # there was no token to revoke
    NOT_OFFERED = auto()  # the provider has no such endpoint, or the connection no such grant
    SHARED = auto()  # another connection of the account would have ended with it
    REFUSED = auto()
    UNREACHABLE = auto()  # it was tried for as long as we try


def revocation_request(client: OAuthClient, client_secret: Secret | None, grant: TokenGrant) -> ProviderRequest:
    """The request of §2.1 for the refresh token, with which the others end, or without one for the access token.

    Raises ValueError for a client without a revocation endpoint.
    """
    if client.revocation_endpoint is None:
        raise ValueError("this client's provider revokes nothing")
    if grant.refresh_token is None:
        form = {"token": grant.access_token, "token_type_hint": Secret("access_token")}
    else:
        form = {"token": grant.refresh_token, "token_type_hint": Secret("refresh_token")}
    return authenticated(client, client_secret, url=client.revocation_endpoint, form=form)


def is_revoked(response: ProviderResponse) -> bool:
    """Whether the token is revoked, as one that the provider does not know is (§2.2).

    Raises ProviderUnavailable where it is to be tried again (§2.2.1).
    """
    if response.status >= 500 or response.status == 429:  # noqa: PLR2004 - HTTP's own numbers
        raise ProviderUnavailable(error=f"http_{response.status}", retry_after=response.retry_after)
    return 200 <= response.status < 300  # noqa: PLR2004 - HTTP's own numbers


def is_invalid_client(response: ProviderResponse) -> bool:
    """Whether the client was refused, and not the token (RFC 6749 §5.2)."""
    try:
        return read_object(response).get("error") == "invalid_client"
    except ProviderProtocolError:
        return False
