"""Record a connection whose grant is in the secret store: a new one, or the one that was re-authorised.

Saved first, looked at afterwards: here the grant is looked at. One that may not be used is dropped, and the flow has
failed; dropped is not revoked, for another grant may hang on the same account (api.md, DELETE).
"""

from contextlib import suppress

import attrs

from domain.connections import Connection, ConnectionStatus
from domain.credentials import Credential, CredentialTerms, members_of
from domain.errors import (
    AccountMismatch,
    ConnectionGone,
    FlowFailed,
    FlowInterrupted,
    NotFound,
    ProviderProtocolError,
    StorageUnavailable,
)
from domain.flows import AuthorizationFlow, failure_of
from domain.granted_credentials import data_of, expiry_of, type_of
from domain.oauth.client import AuthStyle, OAuthClient
from domain.ports import (
    AppStore,
    Clock,
    ConnectionStore,
    FlowStore,
    NewConnection,
    SecretKind,
    SecretPath,
    SecretStore,
)
from domain.refresh_ahead import foresee
from domain.secret import Secret
from domain.tokens import TokenGrant

_TRIES = 3  # another flow may re-authorise the same connection in between


@attrs.frozen
class Connected:
    """What a finished flow made."""

    flow: AuthorizationFlow
    credential: Credential


@attrs.frozen(kw_only=True)
class RecordConnection:
    """Write connection, credential's record and the flow's end in one transaction; done twice it is as done once."""

    clock: Clock
    apps: AppStore
    flows: FlowStore
    connections: ConnectionStore
    secrets: SecretStore

    async def __call__(
        self,
        flow: AuthorizationFlow,
        grant: TokenGrant,
        *,
        version: int,
        client: OAuthClient,
        client_secret: Secret | None,
    ) -> Connected:
        """The connection with its credential as it now reads.

        Raises ProviderProtocolError for a grant whose ID token is not as it has to be, AccountMismatch for one of
        another account than the connection's, ConnectionGone: each is recorded, and the grant dropped.
        """
        connection = self._connection(flow, grant, version=version, client=client)
        new = NewConnection(
            connection=connection, credential_type=type_of(grant), credential_expires_at=expiry_of(grant)
        )
        try:
            await self._record(flow, grant, new)
        except FlowFailed as error:
            await self._drop(flow, error)
            raise
        if flow.client.auth_style is AuthStyle.AUTO and client_secret is not None:
            with suppress(StorageUnavailable):  # the next flow learns it
                await self.apps.learn_auth_style(
                    flow.app_organisation_id, flow.app_id, flow.auth_type, client.auth_style
                )
        data = data_of(grant, client, client_secret=client_secret)
        credential = Credential(
            id=connection.credential_id,
            organisation_id=connection.organisation_id,
            connection_id=connection.id,
            terms=CredentialTerms(name=connection.name, type=new.credential_type, expires_at=new.credential_expires_at),
            members=members_of(data),
            data=data,
            secret_version=version,
            created_at=connection.created_at,
            updated_at=connection.updated_at,
        )
        return Connected(flow, credential)

    async def _record(self, flow: AuthorizationFlow, grant: TokenGrant, new: NewConnection) -> None:
        if grant.account.refused is not None:
            raise ProviderProtocolError(
                "The provider's ID token is not for this app, or not valid. Check the app's issuer and client.",
                error=grant.account.refused,
            )
        if flow.reauthorises:
            await self._reauthorise(flow, grant, new)
        else:
            await self.flows.record_connected(flow.id, new)

    async def _reauthorise(self, flow: AuthorizationFlow, grant: TokenGrant, new: NewConnection) -> None:
        """Point the connection at the new credential, if that is of the account which the connection then has."""
        for _ in range(_TRIES):
            try:
                before = await self.connections.get(flow.organisation_id, flow.connection_id)
            except NotFound as error:
                raise ConnectionGone from error
            if before.credential_id == flow.credential_id:  # it was recorded, and nobody heard of it
                return
            if not (flow.allow_account_change or before.account.may_be_followed_by(grant.account)):
                raise AccountMismatch
            if await self.flows.record_reauthorised(flow.id, new, instead_of=before.credential_id):
                return
        raise FlowInterrupted

    async def _drop(self, flow: AuthorizationFlow, error: FlowFailed) -> None:
        """The flow has failed, and its secret goes: at once if that can be, by the sweep of credentials otherwise."""
        await self.flows.record_failed(flow.organisation_id, flow.id, failure_of(error), secured=True)
        with suppress(StorageUnavailable):
            await self.secrets.destroy(SecretPath(flow.organisation_id, SecretKind.CREDENTIAL, flow.credential_id))

    def _connection(
        self, flow: AuthorizationFlow, grant: TokenGrant, *, version: int, client: OAuthClient
    ) -> Connection:
        now, foreseen = self.clock.now(), foresee(grant, flow.connection_id, client)
        return Connection(
            id=flow.connection_id,
            organisation_id=flow.organisation_id,
            app_id=flow.app_id,
            app_organisation_id=flow.app_organisation_id,
            name=flow.name,
            auth_type=flow.auth_type,
            credential_id=flow.credential_id,
            made_with=client,
            status=ConnectionStatus.ACTIVE,
            scopes=tuple(grant.scope.split()),
            token_expires_at=grant.expires_at,
            refresh_due_at=foreseen.refresh_due_at,
            grant_final_at=foreseen.final_at,
            grant_idle_at=foreseen.idle_at,
            secret_version=version,
            metadata=grant.account.members,
            created_at=now,
            updated_at=now,
        )
