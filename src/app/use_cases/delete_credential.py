"""Delete a credential that no connection owns."""

import attrs

from app.use_cases.read_credential import require_inside
from domain.access import Permission, Principal
from domain.errors import ManagedByConnection
from domain.ids import CredentialId, OrganisationId
from domain.ports import CredentialStore, SecretKind, SecretPath, SecretStore

_SECONDS = 60.0  # until the job goes on with what was not finished here


@attrs.frozen(kw_only=True)
class DeleteCredential:
    """Hide the record, destroy the secret, forget the record: stopped in between, a job goes on."""

    credentials: CredentialStore
    secrets: SecretStore

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, credential_id: CredentialId
    ) -> None:
        """Raises NotFound, ManagedByConnection; StorageUnavailable, too, where it is hidden and not destroyed yet."""
        principal.require(Permission.EDIT, organisation_id)
        record = await self.credentials.get(organisation_id, credential_id)
        require_inside(principal, record)
        if record.connection is not None:
            raise ManagedByConnection
        await self.credentials.begin_removal(organisation_id, credential_id, seconds=_SECONDS)
        await self.secrets.destroy(SecretPath(organisation_id, SecretKind.CREDENTIAL, credential_id))
        await self.credentials.remove([credential_id])
