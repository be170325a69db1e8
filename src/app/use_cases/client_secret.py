"""An app's client secret: stored once, with its app, and joined where it is needed.

It is remembered for a minute, with the version of the app's secrets that it is of. What is remembered is of use only to
whoever finds, in the database, that no newer version is recorded: a secret that was replaced is used nowhere any more.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import attrs

from app.use_cases.shared_looks import SharedLooks
from domain.apps import secret_name
from domain.auth_configs import AuthType
from domain.connections import Connection
from domain.ids import AppId, OrganisationId
from domain.ports import AppStore, Clock, SecretKind, SecretMissing, SecretPath, SecretStore, SecretStoreUnavailable
from domain.secret import Secret

REMEMBERED_SECONDS = 60.0
"""So what an operator put right in the secret store by hand is found, too."""
_MOST = 1000

_Key: TypeAlias = tuple[OrganisationId, AppId, AuthType]
_Look: TypeAlias = tuple[OrganisationId, AppId, OrganisationId]


@attrs.frozen
class ClientSecret:
    """A client secret as it was read; None for a public client.

    Attributes:
        version: The version of the app's secrets that it is of.

    """

    value: Secret | None
    version: int


@attrs.frozen(kw_only=True)
class _Remembered:
    secret: ClientSecret
    until: datetime


@attrs.frozen
class ReadClientSecret:
    """One for a process: at most 1,000 secrets are remembered, and those that were not used for longest go first."""

    secrets: SecretStore
    clock: Clock
    apps: AppStore
    looks: SharedLooks[_Look, int | None]
    _remembered: OrderedDict[_Key, _Remembered] = attrs.field(factory=OrderedDict, init=False, repr=False)

    async def __call__(self, organisation_id: OrganisationId, app_id: AppId, auth_type: AuthType) -> Secret | None:
        """The secret of the app's config of this type, from the secret store. Raises SecretStoreUnavailable."""
        return (await self.read(organisation_id, app_id, auth_type)).value

    async def of(self, connection: Connection) -> Secret | None:
        """The one that its app has now, read only where it is not remembered. Raises StorageUnavailable."""
        owner, app_id = connection.app_organisation_id, connection.app_id
        remembered = self.remembered(owner, app_id, connection.auth_type)
        if remembered is not None:
            of_app = (owner, app_id, connection.organisation_id)
            recorded = await self.looks(of_app, partial(self.apps.secrets_version, owner, app_id, connected=of_app[2]))
            if recorded is not None and recorded <= remembered.version:
                return remembered.value
        return await self(owner, app_id, connection.auth_type)

    async def read(self, organisation_id: OrganisationId, app_id: AppId, auth_type: AuthType) -> ClientSecret:
        """As a call, with the version. Raises SecretStoreUnavailable."""
        began_at = self.clock.now()
        try:
            stored = await self.secrets.read(SecretPath(organisation_id, SecretKind.APP, app_id))
        except SecretMissing as error:
            raise SecretStoreUnavailable(
                "The app's secrets are not in the secret store. Restore them, or create the app again."
            ) from error
        secret = ClientSecret(stored.document.get(secret_name(auth_type)), stored.version)
        key = (organisation_id, app_id, auth_type)
        self._remembered[key] = _Remembered(secret=secret, until=began_at + timedelta(seconds=REMEMBERED_SECONDS))
        self._remembered.move_to_end(key)
        while len(self._remembered) > _MOST:
            self._remembered.popitem(last=False)
        return secret

    def remembered(self, organisation_id: OrganisationId, app_id: AppId, auth_type: AuthType) -> ClientSecret | None:
        """What was read within a minute. It MUST NOT be used where a newer version is recorded."""
        key = (organisation_id, app_id, auth_type)
        found = self._remembered.get(key)
        if found is None:
            return None
        if found.until <= self.clock.now():
            del self._remembered[key]
            return None
        self._remembered.move_to_end(key)
        return found.secret
