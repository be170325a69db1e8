"""Who may do what: roles as one table, and how a narrowed principal is judged.

Rules:
- What is another organisation's is a NotFound; then what the roles do not allow is a Forbidden; then what is outside of
  ``only`` (``domain.narrowing``) is a NotFound. A list, and its total, hold what is inside alone.
- What a narrowed principal would make outside of its narrowing is a Forbidden: a new app (nobody has named it), a
  connection that its ``connectionIds`` cannot name yet, a key that reaches further than itself, any signing key.
- An app that it may see it may change only where ``appIds`` is its whole narrowing: else the change would reach
  connections that are outside.
- ``only`` is never widened: a key's stays as it was made, and what a token says is all that it is.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum, auto

import attrs

from domain.errors import Forbidden, NotFound
from domain.ids import ApiKeyId, AppId, ConnectionId, OrganisationId
from domain.narrowing import EVERYTHING, Narrowing


class Permission(StrEnum):
    READ_ORGANISATION = auto()  # its name, and nothing in it
    READ = auto()
    CONNECT = auto()  # start and finish flows
    ISSUE = auto()  # tokens
    EDIT = auto()  # apps, connections, credentials
    PUBLISH = auto()  # public apps, in any organisation
    AUDIT = auto()  # who did what
    MANAGE_KEYS = auto()
    MANAGE_ORGANISATIONS = auto()


class Role(StrEnum):
    VIEWER = "viewer"
    CONNECTOR = "connector"
    ISSUER = "issuer"
    EDITOR = "editor"
    OWNER = "owner"
    PLATFORM_ADMIN = "platform-admin"


_IN_AN_ORGANISATION = frozenset({Permission.READ_ORGANISATION, Permission.READ})

GRANTED: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _IN_AN_ORGANISATION,
    Role.CONNECTOR: _IN_AN_ORGANISATION | {Permission.CONNECT},
    Role.ISSUER: _IN_AN_ORGANISATION | {Permission.ISSUE},
    Role.EDITOR: _IN_AN_ORGANISATION | {Permission.EDIT},
    Role.OWNER: _IN_AN_ORGANISATION
    | {Permission.CONNECT, Permission.ISSUE, Permission.EDIT, Permission.AUDIT, Permission.MANAGE_KEYS},
    # Stands in no organisation: it sets organisations up, and sees nothing of theirs but public apps, and
    # who did what: of an organisation that was removed nobody else could.
    Role.PLATFORM_ADMIN: frozenset(
        {
            Permission.READ_ORGANISATION,
            Permission.AUDIT,
            Permission.MANAGE_KEYS,
            Permission.MANAGE_ORGANISATIONS,
            Permission.PUBLISH,
        }
    ),
}


@attrs.frozen(kw_only=True)
class Principal:
    """Whoever sent a request.

    Attributes:
        id: The API key's identifier, or ``bootstrap`` for the settings' own.
        name: What a person calls it.
        organisation_id: Where it stands; None for a platform administrator.
        roles: What it may do there.
        only: What it may do it with.

    """

    id: str
    name: str
    organisation_id: OrganisationId | None
    roles: frozenset[Role]
    only: Narrowing = EVERYTHING

    def require(self, permission: Permission, organisation_id: OrganisationId | None = None) -> None:
        """Raise NotFound for what is another organisation's, Forbidden for what the roles do not allow.

        An organisation's roles count for nothing outside one, nor ``platform-admin`` within one.
        """
        stands_outside = self.organisation_id is None
        if not stands_outside and organisation_id not in {None, self.organisation_id}:
            raise NotFound
        counting = (role for role in self.roles if (role is Role.PLATFORM_ADMIN) is stands_outside)
        if not any(permission in GRANTED[role] for role in counting):
            raise Forbidden

    def require_app(self, app_id: AppId) -> None:
        """Raise NotFound for an app outside of ``only``."""
        if not self.only.includes_app(app_id):
            raise NotFound

    def require_whole_app(self, app_id: AppId) -> None:
        """Raise NotFound for an app outside of ``only``, Forbidden where its connections may be outside."""
        self.require_app(app_id)
        if self.only != Narrowing(app_ids=self.only.app_ids):
            raise Forbidden

    def require_connection(self, connection_id: ConnectionId, *, app_id: AppId, end_user_id: str | None = None) -> None:
        """Raise NotFound for a connection outside of ``only``, and so for its credential and its flow."""
        if not self.only.includes_connection(connection_id, app_id=app_id, end_user_id=end_user_id):
            raise NotFound

    def require_new_connection(self, *, app_id: AppId, end_user_id: str | None = None) -> None:
        """Raise NotFound for an app outside of ``only``, Forbidden where its new connection would be."""
        self.require_app(app_id)
        if not self.only.includes_new_connection(app_id=app_id, end_user_id=end_user_id):
            raise Forbidden

    def require_everything(self) -> None:
        """Raise Forbidden for whoever is narrowed: what would be made, or listed, belongs to no app or connection."""
        if not self.only.is_everything:
            raise Forbidden


@attrs.frozen(kw_only=True)
class ApiKey:
    """An API key as it is kept: never the key itself.

    Attributes:
        prefix: The key's first characters, to tell keys apart in a list.
        fingerprint: The key's SHA-256, by which it is found.

    """

    id: ApiKeyId
    organisation_id: OrganisationId | None
    name: str
    roles: frozenset[Role]
    prefix: str
    fingerprint: str
    created_at: datetime
    expires_at: datetime | None = None
    only: Narrowing = EVERYTHING

    @property
    def updated_at(self) -> datetime:
        """A key stays as it was made."""
        return self.created_at

    @property
    def principal(self) -> Principal:
        """Whoever sends the key."""
        return Principal(
            id=self.id, name=self.name, organisation_id=self.organisation_id, roles=self.roles, only=self.only
        )


@attrs.frozen(kw_only=True)
class Organisation:
    id: OrganisationId
    name: str
    created_at: datetime

    @property
    def updated_at(self) -> datetime:
        """An organisation stays as it was made."""
        return self.created_at
