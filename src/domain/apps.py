"""Apps: a provider's registration of one organisation, and when a config of it can work.

The configs are a tagged union; one that cannot work is an UnusableConfig, which no flow takes.
Secrets are no part of it: they are in the secret store, one document for each app (``secret_name``).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

import attrs

from domain.errors import InvalidRequest
from domain.ids import AppId, CallbackId, OrganisationId
from domain.oauth.client import AuthStyle, OAuthClient, PkceMethod

_DEFAULT_PORTS = {"https": 443, "http": 80}


class AuthType(StrEnum):
    """What this version can connect; the API compares without regard to case and answers these spellings."""

    OAUTH2 = "oauth2"
    OIDC = "oidc"


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
        )


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

    type: AuthType
    data: Mapping[str, object]
    reason: str


AuthConfig = OAuth2Config | OidcConfig | UnusableConfig


@attrs.frozen(kw_only=True)
class App:
    """One provider registration.

    Attributes:
        callback_id: Names the landing page that is registered at the provider, unless the app is a relay.
        relay_callback_url: The team's own front end, registered at the provider in place of ours.
        return_urls: Where a browser may be sent when a flow is over; compared whole.
        foreign: ``schemaId`` and the like, another product's members, kept as sent.

    """

    id: AppId
    organisation_id: OrganisationId
    callback_id: CallbackId
    name: str
    server_name: str
    server_url: str
    configs: tuple[AuthConfig, ...]
    image_url: str | None = None
    relay_callback_url: str | None = None
    return_urls: tuple[str, ...] = ()
    foreign: Mapping[str, object] = attrs.field(factory=dict)
    created_at: datetime
    updated_at: datetime

    def config_for(self, auth_type: str) -> OAuth2Config | OidcConfig:
        """The config that a flow of this type uses; ``oauth2`` also finds an app's only ``oidc`` one.

        Raises InvalidRequest where there is none, or where it cannot work.
        """
        wanted = auth_type.lower()
        found = next((config for config in self.configs if config.type == wanted), None)
        if found is None and wanted == AuthType.OAUTH2:
            oidc = [config for config in self.configs if config.type == AuthType.OIDC]
            found = oidc[0] if len(oidc) == 1 else None
        if found is None:
            raise InvalidRequest(f"The app has no auth config of that type; it has: {self._types()}.")
        if isinstance(found, UnusableConfig):
            raise InvalidRequest(f"The app's {found.type} config cannot work: {found.reason}")
        return found

    def _types(self) -> str:
        return ", ".join(config.type for config in self.configs) or "none"


def secret_name(auth_type: AuthType) -> str:
    """Under which name an app's document holds the client secret of a config."""
    return f"{auth_type}.client_secret"


def comparable_url(url: str) -> str:
    """The URL with scheme and host in lower case and without a default port (RFC 3986 §6.2.2.1, §6.2.3).

    An empty path is the root. Raises ValueError for a malformed host or port.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = "" if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    netloc = f"[{host}]{port}" if ":" in host else f"{host}{port}"
    return parts._replace(netloc=netloc, path=parts.path or "/").geturl()
