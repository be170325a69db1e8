"""Read a credential: its record, joined with what is in the secret store, to be redacted on the wire."""

import attrs

from app.use_cases.client_secret import ReadClientSecret
from domain.access import Permission, Principal
from domain.credentials import Credential, CredentialData, data_of
from domain.errors import FieldError, NotFound
from domain.ids import CredentialId, OrganisationId
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import ConnectionStore, CredentialRecord, SecretKind, SecretMissing, SecretPath, SecretStore
from domain.tokens import TokenGrant, Unusable


@attrs.frozen(kw_only=True)
class LoadCredential:
    """Join a credential's record with its secret and its app's; one whose secret is gone or malformed is Unusable."""

    connections: ConnectionStore
    secrets: SecretStore
    client_secret: ReadClientSecret

    async def __call__(
        self, organisation_id: OrganisationId, credential_id: CredentialId, *, only: Narrowing = EVERYTHING
    ) -> Credential:
        """Raises NotFound, also at and after its ``expiresAt``, and for one outside of ``only``."""
        record = await self.connections.get_credential(organisation_id, credential_id)
        if not only.includes_connection(record.connection.id, app_id=record.connection.app_id):
            raise NotFound
        return Credential(
            id=record.id,
            organisation_id=record.organisation_id,
            connection_id=record.connection.id,
            name=record.name,
            type=record.type,
            data=await self._data(record),
            expires_at=record.expires_at,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )

    async def _data(self, record: CredentialRecord) -> CredentialData:
        connection = record.connection
        path = SecretPath(record.organisation_id, SecretKind.CREDENTIAL, record.id)
        try:
            stored = await self.secrets.read(path, at_least=connection.secret_version)
            secret = await self.client_secret(connection.app_organisation_id, connection.app_id, connection.auth_type)
        except SecretMissing:
            return Unusable((FieldError("data", "is not in the secret store"),))
        return data_of(TokenGrant.from_document(stored.document), connection.client, client_secret=secret)


@attrs.frozen
class ReadCredential:
    load: LoadCredential

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, credential_id: CredentialId
    ) -> Credential:
        """Raises NotFound."""
        principal.require(Permission.READ, organisation_id)
        return await self.load(organisation_id, credential_id, only=principal.only)
