"""``authConfigs[]``: read, judged, and their secrets taken out."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, assert_never

import attrs
import msgspec

from app.http.wire.body import Body
from app.http.wire.fields import field_error
from app.http.wire.urls import address_problem
from domain.auth_configs import AuthConfig, AuthType, OAuth2Config, OidcConfig, UnusableConfig
from domain.errors import FieldError, InvalidRequest, NotOfferedYet
from domain.oauth.authorization_code import AUTHORIZE_RESERVED, TOKEN_RESERVED
from domain.oauth.client import AuthStyle, PkceMethod
from domain.oauth.parameters import unreserved
from domain.secret import Secret

_CODE_FLOWS = ("authorization_code", "authorizationCode")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "refresh_endpoint", "revocation_endpoint", "discovery_url")

# RFC 6749 §3.3: a scope-token is printable ASCII without space, quote and backslash.
Scope = Annotated[str, msgspec.Meta(pattern=r"^[!#-\[\]-~]+$")]
Scopes = Annotated[dict[Scope, str], msgspec.Meta(max_length=200)]
Parameters = Annotated[dict[str, str], msgspec.Meta(max_length=50)]
Data = TypeVar("Data", bound="_ClientData")


class AuthConfigBody(Body):
    """One auth config as it is asked for."""

    type: str
    data: dict[str, Any]


class SupportedAuthConfigBody(Body):
    """One auth config as it is answered: never with its secrets; with the reason where it cannot work."""

    type: str
    is_valid: bool
    data: dict[str, Any]
    reason: str | None = None


class _ClientData(Body):
    client_id: str = ""
    client_secret: str | None = None
    scopes: Scopes = {}
    issuer: str | None = None
    auth_style: AuthStyle = AuthStyle.AUTO
    pkce: PkceMethod = PkceMethod.S256
    additional_authorize_parameters: Parameters = {}
    additional_token_parameters: Parameters = {}


class OAuth2Data(_ClientData):
    """``data`` of an ``oauth2`` config."""

    flow_type: str = "authorization_code"
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    refresh_endpoint: str | None = None
    revocation_endpoint: str | None = None


class OidcData(_ClientData):
    """``data`` of an ``oidc`` config."""

    discovery_url: str = ""


@attrs.frozen
class ReadConfig:
    """A config, and the client secret that was beside it."""

    config: AuthConfig
    client_secret: Secret | None


def read_auth_config(body: AuthConfigBody, *, insecure: bool) -> ReadConfig:
    """The config, Unusable where it cannot work. Raises InvalidRequest for what is malformed or not offered."""
    match body.type.lower():
        case AuthType.OAUTH2:
            if body.data.get("flowType", _CODE_FLOWS[0]) not in _CODE_FLOWS:
                raise NotOfferedYet(
                    "This version connects flowType authorization_code alone.",
                    fields=(FieldError("authConfigs.data.flowType", "is not offered yet"),),
                )
            return _read(AuthType.OAUTH2, _converted(body.data, OAuth2Data), insecure=insecure)
        case AuthType.OIDC:
            return _read(AuthType.OIDC, _converted(body.data, OidcData), insecure=insecure)
        case _:
            raise NotOfferedYet(
                "This version connects auth configs of type oauth2 and oidc alone.",
                fields=(FieldError("authConfigs.type", "is not offered yet"),),
            )


def answered(config: AuthConfig) -> SupportedAuthConfigBody:
    """The config as it is answered."""
    match config:
        case UnusableConfig():
            return SupportedAuthConfigBody(
                type=config.type, is_valid=False, data=dict(config.data), reason=config.reason
            )
        case OAuth2Config():
            members = {"flowType": "authorization_code"} | _written(config, OAuth2Data)
        case OidcConfig():
            members = _written(config, OidcData)
        case _:
            assert_never(config)
    return SupportedAuthConfigBody(type=config.type, is_valid=True, data=members)


def _converted(data: Mapping[str, Any], kind: type[Data]) -> Data:
    try:
        read = msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise InvalidRequest(fields=(field_error(error, within="authConfigs.data"),)) from None
    _refuse_reserved("additionalAuthorizeParameters", read.additional_authorize_parameters, AUTHORIZE_RESERVED)
    _refuse_reserved("additionalTokenParameters", read.additional_token_parameters, TOKEN_RESERVED)
    return read


def _refuse_reserved(member: str, parameters: Mapping[str, str], reserved: frozenset[str]) -> None:
    # They would be left out of every request, and a client secret among them would be kept where no secrets are.
    taken = sorted(parameters.keys() - dict(unreserved(parameters.items(), reserved)).keys())
    if taken:
        raise InvalidRequest(fields=(FieldError(f"authConfigs.data.{member}", f"may not set {', '.join(taken)}"),))


def _read(auth_type: AuthType, data: OAuth2Data | OidcData, *, insecure: bool) -> ReadConfig:
    secret = None if not data.client_secret else Secret(data.client_secret)
    reason = _reason(data, secret, insecure=insecure)
    if reason is not None:
        kept = msgspec.to_builtins(data)
        kept.pop("clientSecret", None)
        return ReadConfig(UnusableConfig(type=auth_type, data=kept, reason=reason), secret)
    members = msgspec.structs.asdict(data)
    del members["client_secret"]
    members.pop("flow_type", None)
    kind = OAuth2Config if auth_type is AuthType.OAUTH2 else OidcConfig
    return ReadConfig(kind(**members), secret)


def _reason(data: OAuth2Data | OidcData, secret: Secret | None, *, insecure: bool) -> str | None:
    """Why the config cannot work; None when it can."""
    if not data.client_id:
        return "clientId is missing."
    if data.auth_style in {AuthStyle.HEADER, AuthStyle.BODY} and secret is None:
        return "clientSecret is missing, and authStyle needs one."
    for name in _ENDPOINTS:
        url = getattr(data, name, None)
        problem = None if url is None else address_problem(url, insecure=insecure)
        if problem:
            return f"{_camel(name)} {problem if url else 'is missing'}."
    return None


def _written(config: OAuth2Config | OidcConfig, kind: type[_ClientData]) -> dict[str, Any]:
    members = {name: value for name, value in attrs.asdict(config).items() if value not in (None, {})}
    known = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    return {known[name]: value for name, value in members.items()}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
