"""A connection: one account at one app; its status as a table."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum, auto

import attrs

from domain.accounts import Account
from domain.auth_configs import AuthType, FormConfig
from domain.ids import AppId, ConnectionId, CredentialId, OrganisationId
from domain.oauth.client import OAuthClient


class ConnectionStatus(StrEnum):
    ACTIVE = auto()
    NEEDS_REAUTHORIZATION = auto()
    REVOKED = auto()  # its owner ended the grant, and kept the record
    DELETING = auto()  # not there for readers: its secret is being destroyed, or not yet written


class ConnectionEvent(StrEnum):
    REFRESH = auto()
    GRANT_ENDED = auto()
    REPLACE = auto()
    REAUTHORISE = auto()  # a new grant takes the place of the old one
    REVOKE = auto()
    DELETE = auto()
    CONFIRM = auto()  # what was kept ahead of its secret is whole


TRANSITIONS: Mapping[ConnectionStatus, Mapping[ConnectionEvent, ConnectionStatus]] = {
    ConnectionStatus.ACTIVE: {
        ConnectionEvent.REFRESH: ConnectionStatus.ACTIVE,
        ConnectionEvent.GRANT_ENDED: ConnectionStatus.NEEDS_REAUTHORIZATION,
        ConnectionEvent.REPLACE: ConnectionStatus.ACTIVE,
        ConnectionEvent.REAUTHORISE: ConnectionStatus.ACTIVE,
        ConnectionEvent.REVOKE: ConnectionStatus.REVOKED,
        ConnectionEvent.DELETE: ConnectionStatus.DELETING,
    },
    ConnectionStatus.NEEDS_REAUTHORIZATION: {
        ConnectionEvent.REFRESH: ConnectionStatus.ACTIVE,  # by a newer grant alone, stored by whoever was thought dead
        ConnectionEvent.REPLACE: ConnectionStatus.ACTIVE,
        ConnectionEvent.REAUTHORISE: ConnectionStatus.ACTIVE,
        ConnectionEvent.REVOKE: ConnectionStatus.REVOKED,
        ConnectionEvent.DELETE: ConnectionStatus.DELETING,
    },
    ConnectionStatus.REVOKED: {
        ConnectionEvent.REPLACE: ConnectionStatus.ACTIVE,
        ConnectionEvent.REAUTHORISE: ConnectionStatus.ACTIVE,
        ConnectionEvent.REVOKE: ConnectionStatus.REVOKED,
        ConnectionEvent.DELETE: ConnectionStatus.DELETING,
    },
    ConnectionStatus.DELETING: {ConnectionEvent.CONFIRM: ConnectionStatus.ACTIVE},
}


def statuses_before(event: ConnectionEvent) -> tuple[ConnectionStatus, ...]:
    """The statuses in which the event may happen."""
    return tuple(status for status, events in TRANSITIONS.items() if event in events)


MadeWith = OAuthClient | FormConfig
"""How a connection authenticates, without its secrets: a code grant's client, or the config whose form was filled."""


@attrs.frozen(kw_only=True)
class Connection:
    """One account at one app.

    Attributes:
        app_organisation_id: Whose the app is, and so its secrets: another organisation's where the app is public.
        made_with: What the app had when the connection was made; the app's changes are for new ones.
        status_reason: Why it is not active, as a snake_case word.
        scopes: What was granted.
        secret_version: The secret store's version of the grant, as last recorded.
        refresh_due_at: When its token is to be renewed though nobody asks; None for never.
        grant_final_at: When its grant ends, however often it is renewed; None where that is not known.
        grant_idle_at: When it ends unless it is renewed before; None where that is not known.
        metadata: What the provider said of the account; empty where it said nothing.
        ending_since: When the end of its grant was asked for; None once that is done, and where nobody asked.

    """

    id: ConnectionId
    organisation_id: OrganisationId
    app_id: AppId
    app_organisation_id: OrganisationId
    name: str
    auth_type: AuthType
    credential_id: CredentialId
    made_with: MadeWith
    status: ConnectionStatus
    status_reason: str | None = None
    scopes: tuple[str, ...]
    token_expires_at: datetime | None
    last_refreshed_at: datetime | None = None
    secret_version: int
    refresh_due_at: datetime | None = None
    grant_final_at: datetime | None = None
    grant_idle_at: datetime | None = None
    metadata: Mapping[str, str] = attrs.field(factory=dict)
    ending_since: datetime | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def grant_expires_at(self) -> datetime | None:
        """The first end of the grant that is known: by then it has been renewed, or its user connects again."""
        return min((at for at in (self.grant_final_at, self.grant_idle_at) if at is not None), default=None)

    @property
    def account(self) -> Account:
        return Account(self.metadata)
