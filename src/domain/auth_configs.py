"""Auth configs: the ways in which an app's API takes a connection, as a tagged union.

One that cannot work, or whose type we do not know, is an UnusableConfig, which nothing takes. None holds a secret.
"""

from collections.abc import Mapping
from enum import StrEnum

import attrs

from domain.oauth.client import AuthStyle, OAuthClient, PkceMethod


class AuthType(StrEnum):
    """What this version can connect; the API compares without regard to case and answers these spellings."""

    OAUTH2 = "oauth2"
    OIDC = "oidc"
    API_KEY = "apikey"
    HTTP_BASIC_AUTH = "httpBasicAuth"
    JWT_BEARER = "jwtbearer"
    HTTP_REFRESH = "httprefresh"


JWT_ALGORITHMS = ("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "EdDSA")
"""RFC 7518 §3.1, RFC 8037 §3.1: what a ``jwtbearer`` config may sign with."""

HTTP_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")
"""What an ``httprefresh`` config may ask for its token with."""


class FlowType(StrEnum):
    """The grant that an ``oauth2`` config's connections are made by (RFC 6749 §4)."""

    AUTHORIZATION_CODE = "authorization_code"
    CLIENT_CREDENTIALS = "client_credentials"
    RESOURCE_OWNER_PASSWORD = "resource_owner_password"  # noqa: S105 - the grant's name


class Location(StrEnum):
    """Where in a request a key or a token stands."""

    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"


@attrs.frozen(kw_only=True)
class OAuth2Config:
    """An authorization code client whose endpoints are given."""

    authorization_endpoint: str
    token_endpoint: str
    client_id: str
    scopes: Mapping[str, str] = attrs.field(factory=dict)
    issuer: str | None = None
    refresh_endpoint: str | None = None
    revocation_endpoint: str | None = None
    auth_style: AuthStyle = AuthStyle.AUTO
    pkce: PkceMethod = PkceMethod.S256
    additional_authorize_parameters: Mapping[str, str] = attrs.field(factory=dict)
    additional_token_parameters: Mapping[str, str] = attrs.field(factory=dict)
    refresh_token_idle_lifetime: int | None = None
    refresh_token_absolute_lifetime: int | None = None

    @property
    def type(self) -> AuthType:
        return AuthType.OAUTH2

    def client(self) -> OAuthClient:
        """The client as a flow begins with it."""
        return OAuthClient(
            client_id=self.client_id,
            authorization_endpoint=self.authorization_endpoint,
            token_endpoint=self.token_endpoint,
            refresh_endpoint=self.refresh_endpoint,
            revocation_endpoint=self.revocation_endpoint,
            issuer=self.issuer,
            auth_style=self.auth_style,
            pkce=self.pkce,
            additional_authorize_parameters=self.additional_authorize_parameters,
            additional_token_parameters=self.additional_token_parameters,
            refresh_token_idle_lifetime=self.refresh_token_idle_lifetime,
            refresh_token_absolute_lifetime=self.refresh_token_absolute_lifetime,
        )


@attrs.frozen(kw_only=True)
class DirectGrantConfig:
    """A client whose tokens are asked for without a browser (RFC 6749 §4.3, §4.4).

    Attributes:
        flow_type: CLIENT_CREDENTIALS or RESOURCE_OWNER_PASSWORD.
        client_id: A connection's default, as ``username`` is, and as the secrets are in the secret store.

    """

    flow_type: FlowType
    token_endpoint: str
    client_id: str = ""
    username: str = ""
    scopes: Mapping[str, str] = attrs.field(factory=dict)
    authorization_endpoint: str = ""
    issuer: str | None = None
    refresh_endpoint: str | None = None
    revocation_endpoint: str | None = None
    auth_style: AuthStyle = AuthStyle.AUTO
    pkce: PkceMethod = PkceMethod.S256
    additional_authorize_parameters: Mapping[str, str] = attrs.field(factory=dict)
    additional_token_parameters: Mapping[str, str] = attrs.field(factory=dict)
    refresh_token_idle_lifetime: int | None = None
    refresh_token_absolute_lifetime: int | None = None

    @property
    def type(self) -> AuthType:
        return AuthType.OAUTH2


@attrs.frozen(kw_only=True)
class OidcConfig:
    """An authorization code client whose endpoints are the provider's metadata's (OpenID Connect Discovery)."""

    discovery_url: str
    client_id: str
    scopes: Mapping[str, str] = attrs.field(factory=dict)
    issuer: str | None = None
    auth_style: AuthStyle = AuthStyle.AUTO
    pkce: PkceMethod = PkceMethod.S256
    additional_authorize_parameters: Mapping[str, str] = attrs.field(factory=dict)
    additional_token_parameters: Mapping[str, str] = attrs.field(factory=dict)
    refresh_token_idle_lifetime: int | None = None
    refresh_token_absolute_lifetime: int | None = None

    @property
    def type(self) -> AuthType:
        return AuthType.OIDC


@attrs.frozen(kw_only=True)
class UnusableConfig:
    """A config that cannot work, kept as it was sent without its secrets.

    Attributes:
        data: The members as the caller spelt them.
        reason: What to mend.

    """

    type: str
    data: Mapping[str, object]
    reason: str


@attrs.frozen(kw_only=True)
class ApiKeyConfig:
    """A key of the user's, sent as a member called ``name``."""

    name: str
    location: Location

    @property
    def type(self) -> AuthType:
        return AuthType.API_KEY


@attrs.frozen(kw_only=True)
class BasicAuthConfig:
    """HTTP Basic (RFC 7617). ``user`` is a connection's default; so is the password, which is in the secret store."""

    user: str = ""

    @property
    def type(self) -> AuthType:
        return AuthType.HTTP_BASIC_AUTH


@attrs.frozen(kw_only=True)
class JwtBearerConfig:
    """A JWT of ours in each request. All but ``algorithm`` are defaults for a connection.

    Attributes:
        payload: The claims, beside ``iat`` and ``exp``.
        prefix: What stands before the JWT in ``Authorization``.
        lifetime_seconds: From ``iat`` to ``exp``.

    """

    algorithm: str
    payload: Mapping[str, object] = attrs.field(factory=dict)
    prefix: str = "Bearer"
    lifetime_seconds: int = 3600

    @property
    def type(self) -> AuthType:
        return AuthType.JWT_BEARER


@attrs.frozen(kw_only=True)
class HttpRefreshConfig:
    """A token that an address of the app gives for a secret, to be fetched anew when it is old.

    Attributes:
        token_ttl_seconds: How long a token is used.
        secret_in: ``header`` or ``body``: where the secret goes in the request for a token.
        header_destination: The header that takes the secret, where it goes into one.
        selector: The way to the token in the JSON answer, by dots (``result.tok``); empty: the body is the token.
        name: What the token is called where it stands in a request, as ``location`` says.

    """

    token_endpoint: str
    method: str
    token_ttl_seconds: int
    secret_in: str
    header_destination: str | None = None
    headers: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    selector: str = ""
    name: str
    location: Location
    prefix: str = ""

    @property
    def type(self) -> AuthType:
        return AuthType.HTTP_REFRESH


CodeConfig = OAuth2Config | OidcConfig
"""What a browser's flow begins with."""

FormConfig = DirectGrantConfig | ApiKeyConfig | BasicAuthConfig | JwtBearerConfig | HttpRefreshConfig
"""What a form fills in: its connections need no browser."""

UsableConfig = CodeConfig | FormConfig

AuthConfig = UsableConfig | UnusableConfig
