"""Client authentication at the token endpoint (RFC 6749 §2.3.1): in the header, in the body, or not at all."""

import base64
from collections.abc import Mapping
from urllib.parse import quote_plus

import attrs

from domain.oauth.client import AuthStyle, OAuthClient
from domain.oauth.http import Method, ProviderRequest
from domain.secret import Secret

_BASIC = "client_secret_basic"


def style_of(client: OAuthClient, client_secret: Secret | None) -> AuthStyle:
    """The style to use, never ``auto``: without a secret none; else as set; else what the metadata allows.

    A header where the metadata lists ``client_secret_basic`` or lists nothing (RFC 8414 §2: that is the default).
    """
    if client_secret is None:
        return AuthStyle.NONE
    if client.auth_style is not AuthStyle.AUTO:
        return client.auth_style
    return AuthStyle.HEADER if not client.auth_methods or _BASIC in client.auth_methods else AuthStyle.BODY


def other_style(client: OAuthClient, client_secret: Secret | None) -> OAuthClient | None:
    """The client in the style to try after an ``invalid_client``; None where its style is known, or needs no secret.

    The provider judged the client, not the code: the code may be sent once more.
    """
    if client_secret is None or client.auth_style is not AuthStyle.AUTO:
        return None
    tried = style_of(client, client_secret)
    return attrs.evolve(client, auth_style=AuthStyle.BODY if tried is AuthStyle.HEADER else AuthStyle.HEADER)


def authenticated(
    client: OAuthClient, client_secret: Secret | None, *, url: str, form: Mapping[str, Secret]
) -> ProviderRequest:
    """A form POST of the client, authenticated one way, never two."""
    headers = {"Accept": Secret("application/json")}
    members = dict(form)
    match style_of(client, client_secret), client_secret:
        case AuthStyle.HEADER, Secret() as secret:
            headers["Authorization"] = _basic(client.client_id, secret)
        case AuthStyle.BODY, Secret() as secret:
            members |= {"client_id": Secret(client.client_id), "client_secret": secret}
        case _:
            members["client_id"] = Secret(client.client_id)
    return ProviderRequest(method=Method.POST, url=url, headers=headers, form=members)


def _basic(client_id: str, client_secret: Secret) -> Secret:
    # RFC 6749 §2.3.1: both are form-encoded first, lest a colon in one of them move the border.
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.reveal())}"
    return Secret("Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii"))
