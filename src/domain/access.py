"""Who may do what: roles as one table."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum, auto

import attrs

from domain.errors import Forbidden, NotFound
from domain.ids import ApiKeyId, OrganisationId


class Permission(StrEnum):
    READ = auto()
    CONNECT = auto()  # start and finish flows
    ISSUE = auto()  # tokens
    EDIT = auto()  # apps, connections, credentials
    MANAGE_KEYS = auto()
    MANAGE_ORGANISATIONS = auto()


class Role(StrEnum):
    VIEWER = "viewer"
    CONNECTOR = "connector"
    ISSUER = "issuer"
    EDITOR = "editor"
    OWNER = "owner"
    PLATFORM_ADMIN = "platform-admin"


GRANTED: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.CONNECTOR: frozenset({Permission.READ, Permission.CONNECT}),
    Role.ISSUER: frozenset({Permission.READ, Permission.ISSUE}),
    Role.EDITOR: frozenset({Permission.READ, Permission.EDIT}),
    Role.OWNER: frozenset(
        {Permission.READ, Permission.CONNECT, Permission.ISSUE, Permission.EDIT, Permission.MANAGE_KEYS}
    ),
    # Stands in no organisation: it sets organisations up, and sees nothing of theirs.
    Role.PLATFORM_ADMIN: frozenset({Permission.MANAGE_KEYS, Permission.MANAGE_ORGANISATIONS}),
}


@attrs.frozen(kw_only=True)
class Principal:
    """Whoever sent a request.

    Attributes:
        id: The API key's identifier, or ``bootstrap`` for the settings' own.
        name: What a person calls it.
        organisation_id: Where it stands; None for a platform administrator.
        roles: What it may do there.

    """

    id: str
    name: str
    organisation_id: OrganisationId | None
    roles: frozenset[Role]

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


@attrs.frozen(kw_only=True)
class Organisation:
    id: OrganisationId
    name: str
    created_at: datetime
