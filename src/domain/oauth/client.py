"""An OAuth client's registration at one provider, as a flow began with it and a connection keeps it."""

from collections.abc import Mapping
from enum import StrEnum

import attrs


class AuthStyle(StrEnum):
    """How the client authenticates at the token endpoint (RFC 6749 §2.3.1)."""

    AUTO = "auto"
    HEADER = "header"
    BODY = "body"
    NONE = "none"


class PkceMethod(StrEnum):
    """RFC 7636; ``plain`` is not offered."""

    S256 = "S256"
    NONE = "none"


@attrs.frozen(kw_only=True)
class OAuthClient:
    """What every request of one client at one provider needs, but for the client secret.

    Attributes:
        authorization_endpoint: Empty for a client whose grants need no browser.
        issuer: The authorization server's issuer identifier (RFC 8414 §2); None when none is configured or discovered.
        promises_issuer: The metadata's ``authorization_response_iss_parameter_supported`` (RFC 9207 §3).
        auth_style: ``auto`` until it is known what works.
        auth_methods: The metadata's ``token_endpoint_auth_methods_supported``; empty when it lists none.
        refresh_endpoint: Where to refresh, if not at the token endpoint.
        refresh_token_idle_lifetime: Seconds after which the provider ends a grant that was not renewed meanwhile.
        refresh_token_absolute_lifetime: Seconds after which it ends a grant, however often that was renewed.

    """

    client_id: str
    authorization_endpoint: str = ""
    token_endpoint: str
    refresh_endpoint: str | None = None
    revocation_endpoint: str | None = None
    issuer: str | None = None
    promises_issuer: bool = False
    auth_style: AuthStyle = AuthStyle.AUTO
    auth_methods: tuple[str, ...] = ()
    pkce: PkceMethod = PkceMethod.S256
    additional_authorize_parameters: Mapping[str, str] = attrs.field(factory=dict)
    additional_token_parameters: Mapping[str, str] = attrs.field(factory=dict)
    refresh_token_idle_lifetime: int | None = None
    refresh_token_absolute_lifetime: int | None = None
