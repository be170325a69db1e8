"""``data`` of the configs without OAuth: what is said, why it cannot work, and how it is answered.

What a request to the app will carry is judged here, so that no name or prefix can end a header early.
"""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any

import msgspec

from app.http.wire.body import Body
from app.http.wire.config_data import SentSecret
from domain.auth_configs import (
    HTTP_METHODS,
    JWT_ALGORITHMS,
    ApiKeyConfig,
    BasicAuthConfig,
    HttpRefreshConfig,
    JwtBearerConfig,
    Location,
)
from domain.http_refresh import OURS
from domain.jwt_bearer import read_payload
from domain.lifetimes import read_lifetime, write_lifetime
from domain.urls import address_problem

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")  # RFC 9110 §5.6.2: a header's name, and a cookie's
_FIELD_VALUE = re.compile(r"[ -~]{0,2000}")
_LONGEST_LIFETIME = 366 * 86_400  # seconds

HeaderValues = Annotated[list[str], msgspec.Meta(max_length=20)]
Headers = Annotated[dict[str, HeaderValues], msgspec.Meta(max_length=50)]


class ApiKeyData(Body):
    """``data`` of an ``apikey`` config."""

    name: str = ""
    location: str = msgspec.field(default="", name="in")

    def problem(self, _: Collection[str], *, insecure: bool) -> str | None:  # noqa: ARG002 - no address in it
        return _place_problem(self.name, self.location)

    def config(self) -> ApiKeyConfig:
        return ApiKeyConfig(name=self.name, location=Location(self.location))


class BasicAuthData(Body):
    """``data`` of an ``httpBasicAuth`` config: a connection's defaults, which may be empty."""

    user: str = ""
    password: SentSecret = msgspec.UNSET

    def problem(self, _: Collection[str], *, insecure: bool) -> str | None:  # noqa: ARG002 - no address in it
        # RFC 7617 §2: a user-id with a colon cannot be told from its password.
        return "user has neither colon nor control character." if re.search(r"[:\x00-\x1f\x7f]", self.user) else None

    def config(self) -> BasicAuthConfig:
        return BasicAuthConfig(user=self.user)


class JwtBearerData(Body):
    """``data`` of a ``jwtbearer`` config."""

    algorithm: str = ""
    payload: dict[str, Any] | str = {}
    secret: SentSecret = msgspec.UNSET
    prefix: str = "Bearer"
    expires_in: str = "1h"

    def problem(self, _: Collection[str], *, insecure: bool) -> str | None:  # noqa: ARG002 - no address in it
        if self.algorithm not in JWT_ALGORITHMS:
            return f"algorithm is none of {', '.join(JWT_ALGORITHMS)}."
        if not _FIELD_VALUE.fullmatch(self.prefix):
            return "prefix is not printable ASCII."
        if self._claims() is None:
            return "payload is no JSON object."
        if not 0 < (read_lifetime(self.expires_in) or 0) <= _LONGEST_LIFETIME:
            return "expiresIn is no length of time of at most a year, like 90s, 15m or 1h30m."
        return None

    def config(self) -> JwtBearerConfig:
        return JwtBearerConfig(
            algorithm=self.algorithm,
            payload=self._claims() or {},
            prefix=self.prefix,
            lifetime_seconds=read_lifetime(self.expires_in) or 0,
        )

    def _claims(self) -> Mapping[str, object] | None:
        """The payload, which may be sent as text, as a connection's form takes it too."""
        return read_payload(self.payload) if isinstance(self.payload, str) else self.payload


class HttpRefreshData(Body):
    """``data`` of an ``httprefresh`` config."""

    token_endpoint: str = ""
    method: str = ""
    token_ttl: int = msgspec.field(default=0, name="tokenTTL")
    secret_in: str = ""
    header_destination: str | None = None
    headers: Headers = {}
    selector: str = ""
    name: str = ""
    location: str = msgspec.field(default="", name="in")
    prefix: str = ""

    def problem(self, _: Collection[str], *, insecure: bool) -> str | None:
        if not self.token_endpoint:
            return "tokenEndpoint is missing."
        wrong = address_problem(self.token_endpoint, insecure=insecure)
        return f"tokenEndpoint {wrong}." if wrong else self._request_problem() or self._use_problem()

    def _request_problem(self) -> str | None:
        if self.method not in HTTP_METHODS:
            return f"method is none of {', '.join(HTTP_METHODS)}."
        if self.secret_in not in {Location.HEADER, "body"}:
            return "secretIn is neither header nor body."
        if self.secret_in == Location.HEADER and not _TOKEN.fullmatch(self.header_destination or ""):
            return "headerDestination is not the name of a header, and secretIn needs one."
        return self._headers_problem()

    def _headers_problem(self) -> str | None:
        values = [value for values in self.headers.values() for value in values]
        if not all(map(_TOKEN.fullmatch, self.headers)) or not all(map(_FIELD_VALUE.fullmatch, values)):
            return "headers has a name or a value that no header can have."
        if OURS & {name.lower() for name in self.headers}:
            return f"headers has one of ours: {', '.join(sorted(OURS))}."
        if (self.header_destination or "").lower() in OURS:
            return f"headerDestination is one of ours: {', '.join(sorted(OURS))}."
        return None

    def _use_problem(self) -> str | None:
        if not 0 < self.token_ttl <= _LONGEST_LIFETIME:
            return "tokenTTL is not a number of seconds from 1 to a year's."
        if not _FIELD_VALUE.fullmatch(self.prefix):
            return "prefix is not printable ASCII."
        return _place_problem(self.name, self.location)

    def config(self) -> HttpRefreshConfig:
        return HttpRefreshConfig(
            token_endpoint=self.token_endpoint,
            method=self.method,
            token_ttl_seconds=self.token_ttl,
            secret_in=self.secret_in,
            header_destination=self.header_destination,
            headers={name: tuple(values) for name, values in self.headers.items()},
            selector=self.selector,
            name=self.name,
            location=Location(self.location),
            prefix=self.prefix,
        )


def written_api_key(config: ApiKeyConfig) -> dict[str, Any]:
    return {"name": config.name, "in": config.location}


def written_basic_auth(config: BasicAuthConfig) -> dict[str, Any]:
    return {"user": config.user}


def written_jwt_bearer(config: JwtBearerConfig) -> dict[str, Any]:
    return {
        "algorithm": config.algorithm,
        "payload": dict(config.payload),
        "prefix": config.prefix,
        "expiresIn": write_lifetime(config.lifetime_seconds),
    }


def written_http_refresh(config: HttpRefreshConfig) -> dict[str, Any]:
    members = {
        "tokenEndpoint": config.token_endpoint,
        "method": config.method,
        "tokenTTL": config.token_ttl_seconds,
        "secretIn": config.secret_in,
        "headerDestination": config.header_destination,
        "headers": {name: list(values) for name, values in config.headers.items()},
        "selector": config.selector,
        "name": config.name,
        "in": config.location,
        "prefix": config.prefix,
    }
    return {name: value for name, value in members.items() if value is not None}


def _place_problem(name: str, location: str) -> str | None:
    if location not in set(Location):
        return f"in is none of {', '.join(Location)}."
    if location == Location.QUERY and name:
        return None
    return None if _TOKEN.fullmatch(name) else f"name is missing, or no {location} can have it."
