"""Token requests of a connection that has a client of its own (RFC 6749 §4.3, §4.4), from what its form left."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from domain.auth_configs import DirectGrantConfig, FlowType
from domain.oauth.client import AuthStyle, OAuthClient
from domain.oauth.client_credentials import client_credentials_request
from domain.oauth.http import ProviderRequest
from domain.oauth.password import password_request
from domain.secret import Secret

LEARNT_AUTH_STYLE = "learnt_auth_style"
"""Beside a grant in its document: the client authentication that worked, where the form left it open."""


def direct_client(config: DirectGrantConfig, document: Mapping[str, Secret]) -> OAuthClient:
    """The client as the form and, where that says ``auto``, the last grant have it."""
    chosen = AuthStyle(document["authStyle"].reveal()) if "authStyle" in document else config.auth_style
    if chosen is AuthStyle.AUTO and LEARNT_AUTH_STYLE in document:
        chosen = AuthStyle(document[LEARNT_AUTH_STYLE].reveal())
    return OAuthClient(
        client_id=document["clientId"].reveal(),
        token_endpoint=config.token_endpoint,
        auth_style=chosen,
        additional_token_parameters=config.additional_token_parameters,
    )


def direct_request(config: DirectGrantConfig, client: OAuthClient, document: Mapping[str, Secret]) -> ProviderRequest:
    """The token request of the config's grant."""
    secret = document["clientSecret"]
    pairs = parse_qsl(document.get("additionalParameters", Secret("")).reveal(), keep_blank_values=True)
    others = {name: Secret(value) for name, value in pairs}
    scopes = tuple(config.scopes)
    if config.flow_type is FlowType.CLIENT_CREDENTIALS:
        return client_credentials_request(client, secret, scopes=scopes, others=others)
    return password_request(
        client,
        secret,
        username=document["username"],
        password=document["password"],
        scopes=scopes,
        others=others,
    )
