"""OAuth clients as JSONB, member by member.

A mapping is a list of pairs there, for JSONB keeps no order, and the order of scopes is what providers are asked in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

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
        "refresh_token_idle_lifetime": client.refresh_token_idle_lifetime,
        "refresh_token_absolute_lifetime": client.refresh_token_absolute_lifetime,
    }


def read_client(document: Document) -> OAuthClient:
    """The client; documents from before revision 0021 have no lifetimes."""
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
        refresh_token_idle_lifetime=document.get("refresh_token_idle_lifetime"),
        refresh_token_absolute_lifetime=document.get("refresh_token_absolute_lifetime"),
    )
