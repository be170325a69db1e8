"""Tokens that an app's own address gives for a secret: the request for one, and how its answer is judged."""

import json
from datetime import datetime, timedelta

from domain.auth_configs import HttpRefreshConfig
from domain.errors import ProviderProtocolError, ProviderUnavailable
from domain.ids import AttemptId
from domain.oauth.body import read_object
from domain.oauth.http import Method, ProviderRequest, ProviderResponse
from domain.secret import Secret
from domain.tokens import TOKEN, TokenGrant

OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "cookie",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that no config names: they say where a message goes and where it ends, or would have the answer packed."""

_SECRET_IN_HEADER = "header"  # noqa: S105 - the place, no secret


def fetch_request(config: HttpRefreshConfig, secret: Secret) -> ProviderRequest:
    """The request for a token: the secret is the value of a header, or the whole body as it was given.

    A body is JSON where it can be read so, unless the config's headers name another type. Of a header that the config
    lists several times the values are joined (RFC 9110 §5.3).
    """
    headers = {name: Secret(", ".join(values)) for name, values in config.headers.items()}
    if config.secret_in == _SECRET_IN_HEADER:
        destination = config.header_destination or "Authorization"
        kept = {name: value for name, value in headers.items() if name.lower() != destination.lower()}
        return ProviderRequest(
            method=Method(config.method), url=config.token_endpoint, headers=kept | {destination: secret}
        )
    if "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = Secret("application/json" if _is_json(secret) else "text/plain; charset=utf-8")
    return ProviderRequest(method=Method(config.method), url=config.token_endpoint, headers=headers, body=secret)


def read_fetched(
    config: HttpRefreshConfig, response: ProviderResponse, *, sent_at: datetime, attempt: AttemptId
) -> TokenGrant:
    """The token, which is used for the config's ``tokenTTL`` from just before it was asked for.

    Raises ProviderUnavailable for any other status than a 2xx, ProviderProtocolError where there is no token.
    """
    if not 200 <= response.status <= 299:  # noqa: PLR2004 - HTTP's own numbers
        raise ProviderUnavailable(error=f"http_{response.status}")
    token = selected(response, config.selector)
    if not TOKEN.fullmatch(token):
        raise ProviderProtocolError("The answer's token holds characters that no header takes.")
    return TokenGrant(
        access_token=Secret(token),
        token_type=config.prefix,
        obtained_at=sent_at,
        expires_at=sent_at + timedelta(seconds=config.token_ttl_seconds),
        refresh_token=None,
        scope="",
        attempt=attempt,
    )


def selected(response: ProviderResponse, selector: str) -> str:
    """What the selector's dots lead to, items of a list by number; the whole body, trimmed, for an empty one.

    Raises ProviderProtocolError where that is no string.
    """
    if not selector:
        return response.body.reveal().strip()
    found: object = read_object(response)
    for step in selector.split("."):
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            raise ProviderProtocolError("The answer holds no token where the app's selector leads.")
    if not isinstance(found, str):
        raise ProviderProtocolError("What the app's selector leads to is no string.")
    return found


def _is_json(text: Secret) -> bool:
    try:
        json.loads(text.reveal())
    except (ValueError, RecursionError):
        return False
    return True
