"""Record a connection whose grant is in the secret store."""

from contextlib import suppress

import attrs

from domain.connections import Connection, ConnectionStatus
from domain.credentials import Credential, CredentialTerms, members_of
from domain.errors import StorageUnavailable
from domain.flows import AuthorizationFlow
from domain.granted_credentials import data_of, expiry_of, type_of
from domain.oauth.client import AuthStyle, OAuthClient
from domain.ports import AppStore, Clock, FlowStore, NewConnection
from domain.secret import Secret
from domain.tokens import TokenGrant


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

    async def __call__(
        self,
        flow: AuthorizationFlow,
        grant: TokenGrant,
        *,
        version: int,
        client: OAuthClient,
        client_secret: Secret | None,
    ) -> Connected:
        """The connection with its credential as it now reads."""
        connection = self._connection(flow, grant, version=version, client=client)
        new = NewConnection(
            connection=connection, credential_type=type_of(grant), credential_expires_at=expiry_of(grant)
        )
        await self.flows.record_connected(flow.id, new)
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

    def _connection(
        self, flow: AuthorizationFlow, grant: TokenGrant, *, version: int, client: OAuthClient
    ) -> Connection:
        now = self.clock.now()
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
            secret_version=version,
            created_at=now,
            updated_at=now,
        )
