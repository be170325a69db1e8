"""``authConfigs[]``: read, judged, and their secrets taken out."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, assert_never

import attrs
import msgspec

from app.http.wire import unknown_configs
from app.http.wire.body import Body
from app.http.wire.config_data import ConfigData, camel
from app.http.wire.fields import field_error
from app.http.wire.key_configs import (
    ApiKeyData,
    BasicAuthData,
    HttpRefreshData,
    JwtBearerData,
    written_api_key,
    written_basic_auth,
    written_http_refresh,
    written_jwt_bearer,
)
from app.http.wire.oauth_configs import OAuth2Data, OidcData, written_client
from domain.apps import secret_name
from domain.auth_configs import (
    ApiKeyConfig,
    AuthConfig,
    AuthType,
    BasicAuthConfig,
    DirectGrantConfig,
    HttpRefreshConfig,
    JwtBearerConfig,
    OAuth2Config,
    OidcConfig,
    UnusableConfig,
    UsableConfig,
)
from domain.errors import InvalidRequest
from domain.secret import Secret

_KINDS: Mapping[AuthType, type[ConfigData]] = {
    AuthType.OAUTH2: OAuth2Data,
    AuthType.OIDC: OidcData,
    AuthType.API_KEY: ApiKeyData,
    AuthType.HTTP_BASIC_AUTH: BasicAuthData,
    AuthType.JWT_BEARER: JwtBearerData,
    AuthType.HTTP_REFRESH: HttpRefreshData,
}
_SECRET_MEMBERS: Mapping[AuthType, tuple[str, ...]] = {
    AuthType.OAUTH2: ("client_secret", "password"),
    AuthType.OIDC: ("client_secret",),
    AuthType.HTTP_BASIC_AUTH: ("password",),
    AuthType.JWT_BEARER: ("secret",),
}


ConfigType = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,63}$")]


class AuthConfigBody(Body):
    """One auth config as it is asked for. A type that we do not know is kept, and connects nothing."""

    type: ConfigType
    data: dict[str, Any]


class SupportedAuthConfigBody(Body):
    """One auth config as it is answered: never with its secrets; with the reason where it cannot work."""

    type: ConfigType
    is_valid: bool
    data: dict[str, Any]
    reason: str | None = None


@attrs.frozen
class ReadConfig:
    """A config, and what was said of its secrets, by their names in the app's document; None removes one."""

    config: AuthConfig
    secrets: Mapping[str, Secret | None]


def read_auth_config(body: AuthConfigBody, *, insecure: bool, kept: Collection[str] = ()) -> ReadConfig:
    """The config, Unusable where it cannot work. Raises InvalidRequest for what is malformed.

    ``kept`` names the secrets that the app's document has already.
    """
    auth_type = next((known for known in AuthType if known.lower() == body.type.lower()), None)
    if auth_type is None:
        return _read_unknown(body)
    data = _converted(body.data, _KINDS[auth_type])
    secrets = _sent_secrets(data, auth_type)
    names = [
        member
        for member in _SECRET_MEMBERS.get(auth_type, ())
        if secrets.get(name := secret_name(auth_type, member)) is not None or (name in kept and name not in secrets)
    ]
    reason = data.problem(names, insecure=insecure)
    if reason is None:
        return ReadConfig(data.config(), secrets)
    said = msgspec.to_builtins(data)
    for member in _SECRET_MEMBERS.get(auth_type, ()):
        said.pop(camel(member), None)
    return ReadConfig(UnusableConfig(type=auth_type, data=said, reason=reason), secrets)


def answered(config: AuthConfig) -> SupportedAuthConfigBody:
    """The config as it is answered."""
    if isinstance(config, UnusableConfig):
        return SupportedAuthConfigBody(type=config.type, is_valid=False, data=dict(config.data), reason=config.reason)
    return SupportedAuthConfigBody(type=config.type, is_valid=True, data=_written(config))


def _written(config: UsableConfig) -> dict[str, Any]:
    match config:
        case OAuth2Config() | OidcConfig() | DirectGrantConfig():
            return written_client(config)
        case ApiKeyConfig():
            return written_api_key(config)
        case BasicAuthConfig():
            return written_basic_auth(config)
        case JwtBearerConfig():
            return written_jwt_bearer(config)
        case HttpRefreshConfig():
            return written_http_refresh(config)
        case _:
            assert_never(config)


def _converted(data: Mapping[str, Any], kind: type[ConfigData]) -> ConfigData:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise InvalidRequest(fields=(field_error(error, within="authConfigs.data"),)) from None


def _sent_secrets(data: ConfigData, auth_type: AuthType) -> dict[str, Secret | None]:
    sent = {member: getattr(data, member) for member in _SECRET_MEMBERS.get(auth_type, ())}
    nothing = {None} if auth_type is AuthType.HTTP_BASIC_AUTH else {None, ""}  # its password may be empty
    return {
        secret_name(auth_type, member): None if value in nothing else Secret(value)
        for member, value in sent.items()
        if value is not msgspec.UNSET
    }


def _read_unknown(body: AuthConfigBody) -> ReadConfig:
    plain, hidden = unknown_configs.split(body.data)
    config = UnusableConfig(type=body.type, data=plain, reason="This version does not know that type.")
    return ReadConfig(config, {} if hidden is None else {secret_name(body.type, "data"): hidden})
