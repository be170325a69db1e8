"""Replace a credential that no connection owns."""

import asyncio
import random
from collections.abc import Mapping

import attrs

from app.use_cases.keep_data import KeepData
from app.use_cases.read_credential import LoadCredential, joined, require_inside
from domain.access import Permission, Principal
from domain.credential_data import require_storable
from domain.credentials import Credential, CredentialTerms, parse, replacement, settled_terms
from domain.errors import ManagedByConnection, StorageUnavailable
from domain.ids import CredentialId, OrganisationId
from domain.ports import Clock, CredentialBusy, CredentialStore, SecretConflict, SecretKind, SecretPath
from domain.secret import Secret

_SECONDS = 30.0  # longer than a write that is still answered
_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.05


@attrs.frozen(kw_only=True)
class ReplaceCredential:
    """Announce the new terms, write the new data, settle them: stopped in between, terms and data stay together."""

    clock: Clock
    credentials: CredentialStore
    load: LoadCredential
    keep: KeepData

    async def __call__(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        credential_id: CredentialId,
        terms: CredentialTerms,
        sent: Mapping[str, Secret | None],
    ) -> Credential:
        """Raises NotFound, ManagedByConnection, InvalidRequest, PayloadTooLarge."""
        principal.require(Permission.EDIT, organisation_id)
        record = await self.credentials.get(organisation_id, credential_id)
        require_inside(principal, record)
        if record.connection is not None:
            raise ManagedByConnection
        terms = settled_terms(terms, now=self.clock.now())
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while True:
                    try:
                        return await self._replace(organisation_id, credential_id, terms, sent)
                    except (CredentialBusy, SecretConflict):
                        await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        except TimeoutError as error:
            raise StorageUnavailable("Another replacement of the credential did not end.") from error

    async def _replace(
        self,
        organisation_id: OrganisationId,
        credential_id: CredentialId,
        terms: CredentialTerms,
        sent: Mapping[str, Secret | None],
    ) -> Credential:
        """Once. Raises CredentialBusy, SecretConflict while somebody else is at it."""
        stored = await self.load(organisation_id, credential_id)
        terms, members = replacement(stored, terms, sent)
        require_storable(members)
        next_version = stored.secret_version + 1
        await self.credentials.announce(organisation_id, credential_id, terms, version=next_version, seconds=_SECONDS)
        path = SecretPath(organisation_id, SecretKind.CREDENTIAL, credential_id)
        await self.keep(path, members, version=stored.secret_version)
        record = await self.credentials.settle(organisation_id, credential_id, version=next_version)
        return joined(record, members, parse(record.terms.type, members))
