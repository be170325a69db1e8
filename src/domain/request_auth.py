"""The headers, query members and cookies that authenticate a request to an app, for each auth type."""

import base64
import re
from collections.abc import Mapping

import attrs

from domain.auth_configs import ApiKeyConfig, HttpRefreshConfig, Location
from domain.secret import Secret
from domain.tokens import TokenGrant

_FITS = {
    Location.HEADER: re.compile(r"[!-~](?:[ -~]*[!-~])?"),  # RFC 9110 §5.5, in ASCII
    Location.COOKIE: re.compile(r"[!#-+\--:<-\[\]-~]+"),  # RFC 6265 §4.1.1
    Location.QUERY: re.compile(r".+", re.DOTALL),
}


@attrs.frozen(kw_only=True)
class RequestAuth:
    """What to add to a request: by name, the query's as they are before they are encoded."""

    headers: Mapping[str, Secret] = attrs.field(factory=dict)
    query: Mapping[str, Secret] = attrs.field(factory=dict)
    cookies: Mapping[str, Secret] = attrs.field(factory=dict)


def fits(value: str, location: Location) -> bool:
    """Whether the value can stand there without becoming something else."""
    return _FITS[location].fullmatch(value) is not None


def placed(name: str, value: Secret, location: Location) -> RequestAuth:
    """A member called ``name`` at that place."""
    match location:
        case Location.HEADER:
            return RequestAuth(headers={name: value})
        case Location.QUERY:
            return RequestAuth(query={name: value})
        case Location.COOKIE:
            return RequestAuth(cookies={name: value})


def api_key_auth(config: ApiKeyConfig, key: Secret) -> RequestAuth:
    return placed(config.name, key, config.location)


def basic_auth(username: Secret, password: Secret) -> RequestAuth:
    """RFC 7617 §2, in UTF-8 (§2.1)."""
    pair = f"{username.reveal()}:{password.reveal()}".encode()
    return RequestAuth(headers={"Authorization": Secret("Basic " + base64.b64encode(pair).decode("ascii"))})


def bearer_auth(grant: TokenGrant) -> RequestAuth:
    """RFC 6750 §2.1."""
    return RequestAuth(headers={"Authorization": _prefixed(grant.token_type, grant.access_token)})


def jwt_auth(prefix: str, token: Secret) -> RequestAuth:
    return RequestAuth(headers={"Authorization": _prefixed(prefix, token)})


def fetched_auth(config: HttpRefreshConfig, grant: TokenGrant) -> RequestAuth:
    """A token from the app's own address, where and as the app's config says."""
    return placed(config.name, _prefixed(config.prefix, grant.access_token), config.location)


def _prefixed(prefix: str, value: Secret) -> Secret:
    return Secret(f"{prefix} {value.reveal()}") if prefix else value
