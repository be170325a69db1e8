"""Connections and their tokens on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from app.http.wire.apps import AppBody
from app.http.wire.auth_configs import SupportedAuthConfigBody, answered
from app.http.wire.body import Body
from app.http.wire.new_apps import Name
from app.use_cases.create_connection import FormRequest
from app.use_cases.issue_remembered import IssuedToken
from app.use_cases.read_connection import ConnectionWithApp
from domain.connections import ConnectionStatus
from domain.errors import FieldError, InvalidRequest
from domain.ids import AppId
from domain.request_auth import RequestAuth
from domain.secret import Secret
from domain.tokens import DEFAULT_VALIDITY_SECONDS

_YEAR_SECONDS = 366 * 86_400


class ConnectionBody(Body):
    """A connection as it is answered."""

    id: str
    org_id: str
    name: str
    app: AppBody
    auth_type: str
    auth_config: SupportedAuthConfigBody | None
    credential_id: str
    used_by_boards: list[str]
    status: str
    scopes: list[str]
    created_at: datetime
    updated_at: datetime
    status_reason: str | None = None
    token_expires_at: datetime | None = None
    last_refreshed_at: datetime | None = None
    grant_expires_at: datetime | None = None
    metadata: dict[str, str] = {}

    @classmethod
    def of(cls, found: ConnectionWithApp, *, public_url: str) -> "ConnectionBody":
        connection = found.connection
        return cls(
            id=str(connection.id),
            org_id=str(connection.organisation_id),
            name=connection.name,
            app=AppBody.of(found.app, public_url=public_url),
            auth_type=connection.auth_type,
            auth_config=next((answered(c) for c in found.app.configs if c.type == connection.auth_type), None),
            credential_id=str(connection.credential_id),
            used_by_boards=[],
            status=connection.status,
            status_reason=connection.status_reason,
            scopes=list(connection.scopes),
            token_expires_at=connection.token_expires_at,
            last_refreshed_at=connection.last_refreshed_at,
            grant_expires_at=connection.grant_expires_at,
            metadata=dict(connection.metadata),
            created_at=connection.created_at,
            updated_at=connection.updated_at,
        )


class CreateConnectionBody(Body):
    """A form, filled in: ``data`` as connection-init's schema has it."""

    name: Name
    app_id: str
    auth_type: str
    data: dict[str, Any]

    def read(self) -> FormRequest:
        """Raises InvalidRequest."""
        try:
            app_id = AppId(self.app_id)
        except ValueError:
            raise InvalidRequest(fields=(FieldError("appId", "is not an app's identifier"),)) from None
        return FormRequest(name=self.name, app_id=app_id, auth_type=self.auth_type, data=self.data)


class ReplaceConnectionBody(Body):
    """A new name, and the members of the form that change. What was read may be sent back: it is passed over."""

    name: Name
    data: dict[str, Any]
    id: str | None = None
    org_id: str | None = None
    app: Any = None
    auth_type: Any = None
    auth_config: Any = None
    credential_id: Any = None
    used_by_boards: Any = None
    status: Any = None
    status_reason: Any = None
    scopes: Any = None
    token_expires_at: Any = None
    last_refreshed_at: Any = None
    grant_expires_at: Any = None
    metadata: Any = None
    end_user_id: Any = None
    created_at: Any = None
    updated_at: Any = None

    def require_address(self, organisation_id: str, connection_id: str) -> None:
        """Raise InvalidRequest where the body names another connection than the address does."""
        told = {"id": (self.id, connection_id), "orgId": (self.org_id, organisation_id)}
        wrong = tuple(
            FieldError(name, "is not the one in the address")
            for name, (sent, wanted) in told.items()
            if sent is not None and sent != wanted
        )
        if wrong:
            raise InvalidRequest(fields=wrong)


class HeadersBody(Body):
    """What to add to a request to the app: by name, the query's members before they are encoded."""

    headers: dict[str, str]
    query: dict[str, str]
    cookies: dict[str, str]

    @classmethod
    def of(cls, auth: RequestAuth) -> "HeadersBody":
        return cls(headers=_revealed(auth.headers), query=_revealed(auth.query), cookies=_revealed(auth.cookies))


class TokenRequestBody(Body):
    """How fresh: ``minimumValidity`` in seconds; ``rejected`` is the SHA-256 of a token that was refused."""

    minimum_validity: Annotated[float, msgspec.Meta(ge=0, le=_YEAR_SECONDS)] = DEFAULT_VALIDITY_SECONDS
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


def read_status(status: str | None) -> ConnectionStatus | None:
    """A filter by status. Raises InvalidRequest for what no reader ever sees."""
    if status is None:
        return None
    seen = [known for known in ConnectionStatus if known is not ConnectionStatus.DELETING]
    if status not in seen:
        raise InvalidRequest(fields=(FieldError("status", f"is one of {', '.join(seen)}"),))
    return ConnectionStatus(status)


def _revealed(members: Mapping[str, Secret]) -> dict[str, str]:
    return {name: value.reveal() for name, value in members.items()}
