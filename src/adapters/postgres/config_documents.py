"""Auth configs as JSONB, member by member, each with its ``type``; ``auth_style`` only where it can be learnt.

What is whatever a caller sent (an unusable config's data, a JWT's payload) stays so as text: JSONB holds no U+0000, and
keeps no order.
"""

import json
from typing import assert_never

from adapters.postgres.documents import Document, mapping, pairs
from domain.auth_configs import (
    ApiKeyConfig,
    AuthConfig,
    AuthType,
    BasicAuthConfig,
    DirectGrantConfig,
    FlowType,
    HttpRefreshConfig,
    JwtBearerConfig,
    Location,
    OAuth2Config,
    OidcConfig,
    UnusableConfig,
    UsableConfig,
)
from domain.oauth.client import AuthStyle, PkceMethod


def config_document(config: AuthConfig) -> Document:
    if isinstance(config, UnusableConfig):
        return {"type": config.type, "unusable": json.dumps(config.data), "reason": config.reason}
    return {"type": config.type} | _members(config)


def _members(config: UsableConfig) -> Document:  # noqa: PLR0911 - one for each kind
    match config:
        case OAuth2Config():
            return _client(config) | _endpoints(config)
        case DirectGrantConfig():
            return _client(config) | _endpoints(config) | {"flow_type": config.flow_type, "username": config.username}
        case OidcConfig():
            return _client(config) | {"discovery_url": config.discovery_url}
        case ApiKeyConfig():
            return {"name": config.name, "location": config.location}
        case BasicAuthConfig():
            return {"user": config.user}
        case JwtBearerConfig():
            return {
                "algorithm": config.algorithm,
                "payload": json.dumps(config.payload),
                "prefix": config.prefix,
                "lifetime_seconds": config.lifetime_seconds,
            }
        case HttpRefreshConfig():
            return {
                "token_endpoint": config.token_endpoint,
                "method": config.method,
                "token_ttl_seconds": config.token_ttl_seconds,
                "secret_in": config.secret_in,
                "header_destination": config.header_destination,
                "headers": [[name, list(values)] for name, values in config.headers.items()],
                "selector": config.selector,
                "name": config.name,
                "location": config.location,
                "prefix": config.prefix,
            }
        case _:
            assert_never(config)


def _client(config: OAuth2Config | OidcConfig | DirectGrantConfig) -> Document:
    return {
        "client_id": config.client_id,
        "scopes": pairs(config.scopes),
        "issuer": config.issuer,
        "auth_style": config.auth_style,
        "pkce": config.pkce,
        "additional_authorize_parameters": pairs(config.additional_authorize_parameters),
        "additional_token_parameters": pairs(config.additional_token_parameters),
        "refresh_token_idle_lifetime": config.refresh_token_idle_lifetime,
        "refresh_token_absolute_lifetime": config.refresh_token_absolute_lifetime,
    }


def _endpoints(config: OAuth2Config | DirectGrantConfig) -> Document:
    return {
        "authorization_endpoint": config.authorization_endpoint,
        "token_endpoint": config.token_endpoint,
        "refresh_endpoint": config.refresh_endpoint,
        "revocation_endpoint": config.revocation_endpoint,
    }


def read_config(document: Document) -> AuthConfig:  # noqa: PLR0911 - one for each kind
    members = dict(document)
    auth_type = members.pop("type")
    if "unusable" in members:
        return UnusableConfig(type=auth_type, data=json.loads(members["unusable"]), reason=members["reason"])
    match AuthType(auth_type):
        case AuthType.OAUTH2:
            return _read_oauth2(members)
        case AuthType.OIDC:
            return OidcConfig(**_read_client(members))
        case AuthType.API_KEY:
            return ApiKeyConfig(name=members["name"], location=Location(members["location"]))
        case AuthType.HTTP_BASIC_AUTH:
            return BasicAuthConfig(user=members["user"])
        case AuthType.JWT_BEARER:
            return JwtBearerConfig(**members | {"payload": json.loads(members["payload"])})
        case AuthType.HTTP_REFRESH:
            headers = {name: tuple(values) for name, values in members["headers"]}
            return HttpRefreshConfig(**members | {"headers": headers, "location": Location(members["location"])})
        case unknown:
            assert_never(unknown)


def _read_oauth2(members: Document) -> OAuth2Config | DirectGrantConfig:
    read = _read_client(members)
    if "flow_type" not in read:
        return OAuth2Config(**read)
    return DirectGrantConfig(**read | {"flow_type": FlowType(read["flow_type"])})


def _read_client(members: Document) -> Document:
    return members | {
        "scopes": mapping(members["scopes"]),
        "auth_style": AuthStyle(members["auth_style"]),
        "pkce": PkceMethod(members["pkce"]),
        "additional_authorize_parameters": mapping(members["additional_authorize_parameters"]),
        "additional_token_parameters": mapping(members["additional_token_parameters"]),
    }
