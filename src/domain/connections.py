"""A connection: one account at one app; its status as a table."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum, auto

import attrs

from domain.auth_configs import AuthType
from domain.ids import AppId, ConnectionId, CredentialId, OrganisationId
from domain.oauth.client import OAuthClient


class ConnectionStatus(StrEnum):
    ACTIVE = auto()
    NEEDS_REAUTHORIZATION = auto()


class ConnectionEvent(StrEnum):
    REFRESH = auto()
    GRANT_ENDED = auto()


TRANSITIONS: Mapping[ConnectionStatus, Mapping[ConnectionEvent, ConnectionStatus]] = {
    ConnectionStatus.ACTIVE: {
        ConnectionEvent.REFRESH: ConnectionStatus.ACTIVE,
        ConnectionEvent.GRANT_ENDED: ConnectionStatus.NEEDS_REAUTHORIZATION,
    },
    ConnectionStatus.NEEDS_REAUTHORIZATION: {},
}


def statuses_before(event: ConnectionEvent) -> tuple[ConnectionStatus, ...]:
    """The statuses in which the event may happen."""
    return tuple(status for status, events in TRANSITIONS.items() if event in events)


@attrs.frozen(kw_only=True)
class Connection:
    """One account at one app.

    Attributes:
        app_organisation_id: Whose the app is, and so its secrets: another organisation's where the app is public.
        client: The registration that the connection was made with; the app's changes are for new flows.
        status_reason: Why it is not active, as a snake_case word.
        scopes: What was granted.
        secret_version: The secret store's version of the grant, as last recorded.

    """

    id: ConnectionId
    organisation_id: OrganisationId
    app_id: AppId
    app_organisation_id: OrganisationId
    name: str
    auth_type: AuthType
    credential_id: CredentialId
    client: OAuthClient
    status: ConnectionStatus
    status_reason: str | None = None
    scopes: tuple[str, ...]
    token_expires_at: datetime | None
    last_refreshed_at: datetime | None = None
    secret_version: int
    created_at: datetime
    updated_at: datetime
