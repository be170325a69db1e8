"""OAuth clients and auth configs as JSONB, member by member.

A mapping is a list of pairs there, for JSONB keeps no order, and the order of scopes is what providers are asked in.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from domain.auth_configs import AuthConfig, AuthType, OAuth2Config, OidcConfig, UnusableConfig
from domain.oauth.client import AuthStyle, OAuthClient, PkceMethod

Document = dict[str, Any]


def pairs(mapping: Mapping[str, str]) -> list[list[str]]:
    return [[name, value] for name, value in mapping.items()]


def mapping(document: Sequence[tuple[str, str]]) -> dict[str, str]:
    return dict(document)


def client_document(client: OAuthClient) -> Document:
    return {
        "client_id": client.client_id,
        "authorization_endpoint": client.authorization_endpoint,
        "token_endpoint": client.token_endpoint,
        "refresh_endpoint": client.refresh_endpoint,
        "revocation_endpoint": client.revocation_endpoint,
        "issuer": client.issuer,
        "promises_issuer": client.promises_issuer,
        "auth_style": client.auth_style,
        "auth_methods": list(client.auth_methods),
        "pkce": client.pkce,
        "additional_authorize_parameters": pairs(client.additional_authorize_parameters),
        "additional_token_parameters": pairs(client.additional_token_parameters),
    }


def read_client(document: Document) -> OAuthClient:
    return OAuthClient(
        client_id=document["client_id"],
        authorization_endpoint=document["authorization_endpoint"],
        token_endpoint=document["token_endpoint"],
        refresh_endpoint=document["refresh_endpoint"],
        revocation_endpoint=document["revocation_endpoint"],
        issuer=document["issuer"],
        promises_issuer=document["promises_issuer"],
        auth_style=AuthStyle(document["auth_style"]),
        auth_methods=tuple(document["auth_methods"]),
        pkce=PkceMethod(document["pkce"]),
        additional_authorize_parameters=mapping(document["additional_authorize_parameters"]),
        additional_token_parameters=mapping(document["additional_token_parameters"]),
    )


def config_document(config: AuthConfig) -> Document:
    """The config with its ``type``; ``auth_style`` only where it can be learnt."""
    match config:
        case OAuth2Config():
            return _common(config) | {
                "authorization_endpoint": config.authorization_endpoint,
                "token_endpoint": config.token_endpoint,
                "refresh_endpoint": config.refresh_endpoint,
                "revocation_endpoint": config.revocation_endpoint,
            }
        case OidcConfig():
            return _common(config) | {"discovery_url": config.discovery_url}
        case UnusableConfig():
            # Its data is whatever was sent, and stays so as text: JSONB holds no U+0000.
            return {"type": config.type, "unusable": json.dumps(config.data), "reason": config.reason}
        case _:
            assert_never(config)


def read_config(document: Document) -> AuthConfig:
    auth_type = AuthType(document["type"])
    if "unusable" in document:
        return UnusableConfig(type=auth_type, data=json.loads(document["unusable"]), reason=document["reason"])
    common = {
        "client_id": document["client_id"],
        "scopes": mapping(document["scopes"]),
        "issuer": document["issuer"],
        "auth_style": AuthStyle(document["auth_style"]),
        "pkce": PkceMethod(document["pkce"]),
        "additional_authorize_parameters": mapping(document["additional_authorize_parameters"]),
        "additional_token_parameters": mapping(document["additional_token_parameters"]),
    }
    match auth_type:
        case AuthType.OIDC:
            return OidcConfig(discovery_url=document["discovery_url"], **common)
        case AuthType.OAUTH2:
            return OAuth2Config(
                authorization_endpoint=document["authorization_endpoint"],
                token_endpoint=document["token_endpoint"],
                refresh_endpoint=document["refresh_endpoint"],
                revocation_endpoint=document["revocation_endpoint"],
                **common,
            )
        case _:
            assert_never(auth_type)


def _common(config: OAuth2Config | OidcConfig) -> Document:
    return {
        "type": config.type,
        "client_id": config.client_id,
        "scopes": pairs(config.scopes),
        "issuer": config.issuer,
        "auth_style": config.auth_style,
        "pkce": config.pkce,
        "additional_authorize_parameters": pairs(config.additional_authorize_parameters),
        "additional_token_parameters": pairs(config.additional_token_parameters),
    }
