"""``data`` of ``oauth2`` and ``oidc`` configs: what is said, why it cannot work, and how it is answered."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

import attrs
import msgspec

from app.http.wire.body import Body
from app.http.wire.config_data import SentSecret, camel, without
from domain.auth_configs import DirectGrantConfig, FlowType, OAuth2Config, OidcConfig
from domain.errors import FieldError, InvalidRequest
from domain.oauth.authorization_code import AUTHORIZE_RESERVED, TOKEN_RESERVED
from domain.oauth.client import AuthStyle, PkceMethod
from domain.oauth.parameters import unreserved
from domain.urls import address_problem

_FLOW_TYPES = {
    "authorization_code": FlowType.AUTHORIZATION_CODE,
    "authorizationCode": FlowType.AUTHORIZATION_CODE,
    "client_credentials": FlowType.CLIENT_CREDENTIALS,
    "clientCredentials": FlowType.CLIENT_CREDENTIALS,
    "resource_owner_password": FlowType.RESOURCE_OWNER_PASSWORD,
    "resourceOwnerPassword": FlowType.RESOURCE_OWNER_PASSWORD,
}
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "refresh_endpoint", "revocation_endpoint", "discovery_url")

# RFC 6749 §3.3: a scope-token is printable ASCII without space, quote and backslash.
Scope = Annotated[str, msgspec.Meta(pattern=r"^[!#-\[\]-~]+$")]
Scopes = Annotated[dict[Scope, str], msgspec.Meta(max_length=200)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=100 * 366 * 86_400)]
Parameters = Annotated[dict[str, str], msgspec.Meta(max_length=50)]


class _ClientData(Body):
    client_id: str = ""
    client_secret: SentSecret = msgspec.UNSET
    scopes: Scopes = {}
    issuer: str | None = None
    auth_style: AuthStyle = AuthStyle.AUTO
    pkce: PkceMethod = PkceMethod.S256
    additional_authorize_parameters: Parameters = {}
    additional_token_parameters: Parameters = {}
    refresh_token_idle_lifetime: Seconds | None = None
    refresh_token_absolute_lifetime: Seconds | None = None

    def __post_init__(self) -> None:
        _refuse_reserved("additionalAuthorizeParameters", self.additional_authorize_parameters, AUTHORIZE_RESERVED)
        _refuse_reserved("additionalTokenParameters", self.additional_token_parameters, TOKEN_RESERVED)

    def usual_problem(self, names: Collection[str], *, insecure: bool) -> str | None:
        """Why no client works like that; ``names`` are the secret members that it has."""
        if self.auth_style in {AuthStyle.HEADER, AuthStyle.BODY} and "client_secret" not in names:
            return "clientSecret is missing, and authStyle needs one."
        for name in _ENDPOINTS:
            url = getattr(self, name, None)
            problem = address_problem(url, insecure=insecure) if url else None
            if problem:
                return f"{camel(name)} {problem}."
        return None


class OAuth2Data(_ClientData):
    """``data`` of an ``oauth2`` config. ``username`` and ``password`` count for the password grant alone."""

    flow_type: str = FlowType.AUTHORIZATION_CODE
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    refresh_endpoint: str | None = None
    revocation_endpoint: str | None = None
    username: str = ""
    password: SentSecret = msgspec.UNSET

    def problem(self, names: Collection[str], *, insecure: bool) -> str | None:
        """Why the config cannot work; None where it can."""
        if self.flow_type not in _FLOW_TYPES:
            return f"flowType is none of {', '.join(FlowType)}."
        by_browser = _FLOW_TYPES[self.flow_type] is FlowType.AUTHORIZATION_CODE
        if by_browser and not self.client_id:
            return "clientId is missing."
        if by_browser and not self.authorization_endpoint:
            return "authorizationEndpoint is missing."
        if not self.token_endpoint:
            return "tokenEndpoint is missing."
        return self.usual_problem(names, insecure=insecure)

    def config(self) -> OAuth2Config | DirectGrantConfig:
        """The config, of data without a problem."""
        members = without(self, "client_secret", "password", "flow_type", "username")
        members |= {name: members[name] or None for name in ("refresh_endpoint", "revocation_endpoint")}
        flow_type = _FLOW_TYPES[self.flow_type]
        if flow_type is FlowType.AUTHORIZATION_CODE:
            return OAuth2Config(**members)
        return DirectGrantConfig(flow_type=flow_type, username=self.username, **members)


class OidcData(_ClientData):
    """``data`` of an ``oidc`` config."""

    discovery_url: str = ""

    def problem(self, names: Collection[str], *, insecure: bool) -> str | None:
        """Why the config cannot work; None where it can."""
        if not self.client_id:
            return "clientId is missing."
        if not self.discovery_url:
            return "discoveryUrl is missing."
        return self.usual_problem(names, insecure=insecure)

    def config(self) -> OidcConfig:
        """The config, of data without a problem."""
        return OidcConfig(**without(self, "client_secret"))


def written_client(config: OAuth2Config | OidcConfig | DirectGrantConfig) -> dict[str, Any]:
    """``data`` as it is answered."""
    members = {name: value for name, value in attrs.asdict(config).items() if value not in (None, {}, "")}
    if isinstance(config, OAuth2Config):
        members = {"flow_type": FlowType.AUTHORIZATION_CODE} | members
    return {camel(name): value for name, value in members.items()}


def _refuse_reserved(member: str, parameters: Mapping[str, str], reserved: frozenset[str]) -> None:
    # They would be left out of every request, and a client secret among them would be kept where no secrets are.
    taken = sorted(parameters.keys() - dict(unreserved(parameters.items(), reserved)).keys())
    if taken:
        raise InvalidRequest(fields=(FieldError(f"authConfigs.data.{member}", f"may not set {', '.join(taken)}"),))
