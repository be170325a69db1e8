"""Replace a connection's name, and what its form said."""

from collections.abc import Mapping

import attrs

from app.use_cases.drain_sealed_grants import DrainSealedGrants
from app.use_cases.fill_form import TryForm
from app.use_cases.read_connection import ConnectionWithApp
from app.use_cases.read_grant import path_of
from domain.access import Permission, Principal
from domain.auth_configs import FormConfig
from domain.connections import Connection, ConnectionStatus
from domain.errors import FieldError, InvalidRequest, NotFound, StorageUnavailable
from domain.filled_forms import names_kept, read_form
from domain.ids import ConnectionId, OrganisationId
from domain.oauth.client import OAuthClient
from domain.ports import (
    AppStore,
    ConnectionRecords,
    ConnectionStore,
    SecretConflict,
    SecretMissing,
    SecretStore,
    StoredSecret,
)
from domain.secret import Secret

_TRIES = 3  # a refresh may write in between, once for each time that a token is due


@attrs.frozen(kw_only=True)
class ReplaceConnection:
    """Read the form over what is there, try what it makes, write it in place of that very version, record it."""

    connections: ConnectionStore
    records: ConnectionRecords
    apps: AppStore
    secrets: SecretStore
    drain: DrainSealedGrants
    try_form: TryForm

    async def __call__(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        name: str,
        data: Mapping[str, object],
    ) -> ConnectionWithApp:
        """The connection as it now is; whatever of the form is left out stays. For a code grant only the name changes.

        Raises NotFound, InvalidRequest, StorageUnavailable; FlowFailed's leaves where a token was asked for in vain.
        """
        principal.require(Permission.EDIT, organisation_id)
        connection = await self.connections.get(organisation_id, connection_id)
        principal.require_connection(connection.id, app_id=connection.app_id)
        if not isinstance(connection.made_with, OAuthClient):
            await self._replace(connection, connection.made_with, data)
        elif data:
            raise InvalidRequest(fields=(FieldError("data", "is {} here: start anew with …/connection-init"),))
        await self.records.rename(organisation_id, connection_id, name)
        replaced = await self.connections.get(organisation_id, connection_id)
        return ConnectionWithApp(replaced, await self.apps.get_kept(replaced.app_organisation_id, replaced.app_id))

    async def _replace(self, connection: Connection, config: FormConfig, data: Mapping[str, object]) -> None:
        if connection.ending_since is not None:  # what is written now would be destroyed with the rest
            raise StorageUnavailable
        await self.drain(path_of(connection))
        for _ in range(_TRIES):
            stored = await self._stored(connection)
            kept = {name: value for name, value in stored.document.items() if name in names_kept(config)}
            form = read_form(config, data, kept=kept)
            unchanged = form.document == kept and connection.status is ConnectionStatus.ACTIVE
            if unchanged and not form.issue_token:
                return
            new = await self.try_form(connection, form)
            try:
                version = await self.secrets.write(path_of(connection), new.document, version=stored.version)
            except SecretConflict:
                continue
            if stored.version == 0:
                await self._refuse_what_went(connection)
            expires_at = None if new.obtained is None else new.obtained.grant.expires_at
            await self.records.record_replaced(
                connection.organisation_id, connection.id, secret_version=version, token_expires_at=expires_at
            )
            return
        raise StorageUnavailable

    async def _stored(self, connection: Connection) -> StoredSecret:
        try:
            return await self.secrets.read(path_of(connection), at_least=connection.secret_version)
        except SecretMissing:
            # Destroyed with its connection, or by somebody else: only a living connection's is written anew.
            await self.connections.get(connection.organisation_id, connection.id)
            nothing: Mapping[str, Secret] = {}
            return StoredSecret(nothing, 0)

    async def _refuse_what_went(self, connection: Connection) -> None:
        """Destroy what was just written where nothing was, if the connection was deleted meanwhile."""
        try:
            await self.connections.get(connection.organisation_id, connection.id)
        except NotFound:
            await self.secrets.destroy(path_of(connection))
            raise
