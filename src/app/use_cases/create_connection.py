"""Make a connection from a form: every auth type that needs no browser."""

import asyncio
from collections.abc import Mapping

import attrs

from app.use_cases.fill_form import NewDocument, ReadDefaults, TryForm
from app.use_cases.in_flight import InFlight
from app.use_cases.minting import Mint
from app.use_cases.read_connection import ConnectionWithApp
from app.use_cases.read_grant import path_of
from domain.access import Permission, Principal
from domain.apps import App
from domain.auth_configs import CodeConfig, FormConfig
from domain.connection_credentials import redacted_of, type_of_form
from domain.connections import Connection, ConnectionStatus
from domain.errors import FieldError, InvalidRequest, NotFound, StorageUnavailable
from domain.filled_forms import read_form
from domain.ids import AppId, ConnectionId, CredentialId, OrganisationId
from domain.ports import AppStore, ConnectionRecords, NewConnection, SecretStore

_KEEP_SECONDS = 20.0
"""From the record to its confirmation: less than a deletion is left idle before somebody goes on with it."""


@attrs.frozen(kw_only=True)
class FormRequest:
    """What to connect, and how the form was filled in."""

    name: str
    app_id: AppId
    auth_type: str
    data: Mapping[str, object]


@attrs.frozen(kw_only=True)
class CreateConnection:
    """Read the form, try what it makes, keep the record, then the secret, and confirm the record."""

    mint: Mint
    apps: AppStore
    records: ConnectionRecords
    secrets: SecretStore
    defaults: ReadDefaults
    try_form: TryForm
    in_flight: InFlight

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, request: FormRequest
    ) -> ConnectionWithApp:
        """Raises NotFound for an app, InvalidRequest, StorageUnavailable; FlowFailed's leaves where no token is had."""
        principal.require(Permission.EDIT, organisation_id)
        principal.require_new_connection(app_id=request.app_id)
        app = await self.apps.get_usable(organisation_id, request.app_id)
        config = app.config_for(request.auth_type)
        if isinstance(config, CodeConfig):
            raise InvalidRequest(fields=(FieldError("authType", "needs the user's browser: use …/connection-init"),))
        kept = await self.defaults(app, config, connecting=organisation_id)
        form = read_form(config, request.data, kept=kept)
        connection = self._connection(organisation_id, app, config, name=request.name)
        new = await self.try_form(connection, form)
        return ConnectionWithApp(await self.in_flight.run(self._keep(connection, config, new)), app)

    def _connection(self, organisation_id: OrganisationId, app: App, config: FormConfig, *, name: str) -> Connection:
        now = self.mint.clock.now()
        return Connection(
            id=self.mint.ulid(ConnectionId),
            organisation_id=organisation_id,
            app_id=app.id,
            app_organisation_id=app.organisation_id,
            name=name,
            auth_type=config.type,
            credential_id=self.mint.ulid(CredentialId),
            made_with=config,
            status=ConnectionStatus.ACTIVE,
            scopes=(),
            token_expires_at=None,
            secret_version=1,
            created_at=now,
            updated_at=now,
        )

    async def _keep(self, connection: Connection, config: FormConfig, new: NewDocument) -> Connection:
        if new.obtained is not None:
            grant = new.obtained.grant
            connection = attrs.evolve(connection, scopes=tuple(grant.scope.split()), token_expires_at=grant.expires_at)
        record = NewConnection(
            connection=connection,
            credential_type=type_of_form(config),
            credential_expires_at=None,
            credential_redact_fields=redacted_of(config),
        )
        try:
            async with asyncio.timeout(_KEEP_SECONDS):
                await self.records.reserve(record)
                version = await self.secrets.write(path_of(connection), new.document, version=0)
                await self._confirm(connection, version)
        except TimeoutError as error:
            raise StorageUnavailable from error
        return connection

    async def _confirm(self, connection: Connection, version: int) -> None:
        try:
            await self.records.confirm(connection.organisation_id, connection.id, secret_version=version)
        except NotFound:  # its organisation, or its app's, went meanwhile
            await self.secrets.destroy(path_of(connection))
            raise
