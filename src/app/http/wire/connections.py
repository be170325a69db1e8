"""Connections and their tokens on the wire."""

from datetime import datetime
from typing import Annotated

import msgspec

from app.http.wire.apps import AppBody
from app.http.wire.body import Body
from app.use_cases.issue_token import IssuedToken
from app.use_cases.read_connection import ConnectionWithApp

_YEAR_SECONDS = 366 * 86_400


class ConnectionBody(Body):
    """A connection as it is answered."""

    id: str
    org_id: str
    name: str
    app: AppBody
    auth_type: str
    credential_id: str
    used_by_boards: list[str]
    status: str
    scopes: list[str]
    created_at: datetime
    updated_at: datetime
    status_reason: str | None = None
    token_expires_at: datetime | None = None
    last_refreshed_at: datetime | None = None

    @classmethod
    def of(cls, found: ConnectionWithApp, *, public_url: str) -> "ConnectionBody":
        connection = found.connection
        return cls(
            id=str(connection.id),
            org_id=str(connection.organisation_id),
            name=connection.name,
            app=AppBody.of(found.app, public_url=public_url),
            auth_type=connection.auth_type,
            credential_id=str(connection.credential_id),
            used_by_boards=[],
            status=connection.status,
            status_reason=connection.status_reason,
            scopes=list(connection.scopes),
            token_expires_at=connection.token_expires_at,
            last_refreshed_at=connection.last_refreshed_at,
            created_at=connection.created_at,
            updated_at=connection.updated_at,
        )


class TokenRequestBody(Body):
    """How fresh: ``minimumValidity`` in seconds; ``rejected`` is the SHA-256 of a token that was refused."""

    minimum_validity: Annotated[float, msgspec.Meta(ge=0, le=_YEAR_SECONDS)] = 60.0
    rejected: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None


class TokenBody(msgspec.Struct, omit_defaults=True, kw_only=True):
    """RFC 6749 §5.1's answer in its snake_case; ``expires_in`` in seconds, both ``expires_*`` absent when unknown."""

    access_token: str
    token_type: str
    expires_in: int | None = None
    expires_at: datetime | None = None
    scope: str

    @classmethod
    def of(cls, token: IssuedToken) -> "TokenBody":
        return cls(
            access_token=token.access_token.reveal(),
            token_type=token.token_type,
            expires_in=None if token.seconds_left is None else max(0, int(token.seconds_left)),
            expires_at=token.expires_at,
            scope=token.scope,
        )
