"""Credentials as the API answers them: parse, judge, redact, expire.

One that exists as OAuth2Refresh or Raw is whole; data that is not whole is Unusable, from which nothing is issued.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import attrs

from domain.errors import FieldError
from domain.ids import ConnectionId, CredentialId, OrganisationId
from domain.oauth.client import AuthStyle, OAuthClient
from domain.secret import Secret
from domain.tokens import TokenGrant, Unusable


class CredentialType(StrEnum):
    RAW = "Raw"
    OAUTH2_REFRESH = "OAuth2Refresh"


@attrs.frozen
class Raw:
    """A value that is used until the credential expires."""

    raw: Secret


@attrs.frozen(kw_only=True)
class OAuth2Refresh:
    """What issues access tokens from a refresh token (RFC 6749 §6)."""

    client_id: str
    client_secret: Secret | None
    token_url: str
    refresh_token: Secret
    auth_style: AuthStyle


CredentialData = Raw | OAuth2Refresh | Unusable


@attrs.frozen(kw_only=True)
class Credential:
    """A credential with its record.

    Attributes:
        expires_at: When the service deletes it: a token's expiry only where the token is all there is (``Raw``).
        connection_id: The connection that owns it.

    """

    id: CredentialId
    organisation_id: OrganisationId
    connection_id: ConnectionId
    name: str
    type: CredentialType
    data: CredentialData
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


def type_of(grant: TokenGrant) -> CredentialType:
    """A grant with a refresh token is an OAuth2Refresh; without one, its access token is all there is."""
    return CredentialType.RAW if grant.refresh_token is None else CredentialType.OAUTH2_REFRESH


def expiry_of(grant: TokenGrant) -> datetime | None:
    """When the credential made of this grant ends: with its token, where nothing can renew it."""
    return grant.expires_at if grant.refresh_token is None else None


def data_of(grant: TokenGrant | Unusable, client: OAuthClient, *, client_secret: Secret | None) -> CredentialData:
    """The credential that a connection's grant makes, joined with the app's client secret."""
    if isinstance(grant, Unusable):
        return grant
    if grant.refresh_token is None:
        return Raw(grant.access_token)
    if client_secret is None and client.auth_style in {AuthStyle.HEADER, AuthStyle.BODY}:
        return Unusable((FieldError("clientSecret", "is missing: the app has none"),))
    return OAuth2Refresh(
        client_id=client.client_id,
        client_secret=client_secret,
        token_url=client.refresh_endpoint or client.token_endpoint,
        refresh_token=grant.refresh_token,
        auth_style=client.auth_style,
    )


def visible(data: CredentialData) -> Mapping[str, str]:
    """What may be returned of it: never ``raw``, ``clientSecret``, ``refreshToken``."""
    match data:
        case OAuth2Refresh():
            return {"clientID": data.client_id, "tokenURL": data.token_url, "authStyle": data.auth_style.value}
        case Raw() | Unusable():
            return {}
        case _:
            assert_never(data)


def errors_of(data: CredentialData) -> tuple[FieldError, ...]:
    """Why nothing can be issued from it; empty when it is valid."""
    return data.errors if isinstance(data, Unusable) else ()
