"""Keep a credential that no connection owns."""

import attrs

from app.use_cases.keep_data import KeepData
from app.use_cases.minting import Mint
from app.use_cases.read_credential import joined
from domain.access import Permission, Principal
from domain.credential_data import Members, require_storable
from domain.credentials import Credential, CredentialTerms, parse, settled_terms
from domain.errors import NotFound
from domain.ids import CredentialId, OrganisationId
from domain.ports import CredentialStore, SecretKind, SecretPath, SecretStore

_SECONDS = 300.0  # far longer than all of this takes: what is left of it then is removed


@attrs.frozen(kw_only=True)
class CreateCredential:
    """Announce the credential, keep its data, settle it: stopped in between, nobody finds it, and a job removes it."""

    mint: Mint
    credentials: CredentialStore
    secrets: SecretStore
    keep: KeepData

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, terms: CredentialTerms, members: Members
    ) -> Credential:
        """Raises InvalidRequest, PayloadTooLarge; NotFound for an unknown organisation, Forbidden for the narrowed."""
        principal.require(Permission.EDIT, organisation_id)
        principal.require_everything()
        terms = settled_terms(terms, now=self.mint.clock.now())
        require_storable(members)
        credential_id = self.mint.ulid(CredentialId)
        await self.credentials.add(organisation_id, credential_id, terms, seconds=_SECONDS)
        path = SecretPath(organisation_id, SecretKind.CREDENTIAL, credential_id)
        version = await self.keep(path, members, version=0)
        try:
            record = await self.credentials.settle(organisation_id, credential_id, version=version)
        except NotFound:  # its organisation is being removed, or its end came meanwhile: no job may know of the data
            await self.secrets.destroy(path)
            raise
        return joined(record, members, parse(record.terms.type, members))
