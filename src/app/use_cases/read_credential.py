"""Read credentials: each record, joined with what is in the secret store, to be redacted on the wire."""

import asyncio
from collections.abc import Mapping, Sequence

import attrs

from app.use_cases.client_secret import ReadClientSecret
from domain.access import Permission, Principal
from domain.connection_credentials import form_data
from domain.connections import Connection
from domain.credential_data import Members
from domain.credentials import Credential, CredentialData, members_of, parse
from domain.errors import FieldError, NotFound, StorageUnavailable
from domain.granted_credentials import data_of
from domain.ids import CredentialId, OrganisationId
from domain.lists import ListQuery, Page
from domain.oauth.client import OAuthClient
from domain.ports import CredentialRecord, CredentialStore, SecretKind, SecretMissing, SecretPath, SecretStore
from domain.tokens import TokenGrant, Unusable

_TRIES = 3
_AT_ONCE = 16
_MISSING = Unusable((FieldError("data", "is not in the secret store"),))
_FOREIGN = Unusable((FieldError("data", "was changed by somebody else: delete it, and create it anew"),))


@attrs.frozen(kw_only=True)
class LoadCredential:
    """Join a credential's record with its secret and its app's; one whose secret is gone or malformed is Unusable."""

    credentials: CredentialStore
    secrets: SecretStore
    client_secret: ReadClientSecret

    async def __call__(self, organisation_id: OrganisationId, credential_id: CredentialId) -> Credential:
        """Raises NotFound, also at and after its ``expiresAt``."""
        return await self.join(await self.credentials.get(organisation_id, credential_id))

    async def join(self, record: CredentialRecord) -> Credential:
        """Raises NotFound where it was removed meanwhile."""
        try:
            if record.connection is not None:
                return await self._of_connection(record, record.connection)
            return await self._own(record)
        except SecretMissing:
            # With its record, as it should be; or only the secret is.
            return joined(await self.credentials.get(record.organisation_id, record.id), {}, _MISSING)

    async def _own(self, record: CredentialRecord) -> Credential:
        """Of one version: where the data is newer than the terms, a replacement is under way, or was given up."""
        for _ in range(_TRIES):
            stored = await self.secrets.read(path_of(record), at_least=record.secret_version)
            if stored.version > record.secret_version:
                record = await self.credentials.settle(record.organisation_id, record.id, version=stored.version)
            if stored.version == record.secret_version:
                return joined(record, stored.document, parse(record.terms.type, stored.document))
        return joined(record, {}, _FOREIGN)

    async def _of_connection(self, record: CredentialRecord, connection: Connection) -> Credential:
        stored = await self.secrets.read(path_of(record), at_least=connection.secret_version)
        if not isinstance(connection.made_with, OAuthClient):
            data = form_data(connection.made_with, stored.document)
            return joined(record, members_of(data), data)
        secret = await self.client_secret(connection.app_organisation_id, connection.app_id, connection.auth_type)
        data = data_of(TokenGrant.from_document(stored.document), connection.made_with, client_secret=secret)
        return joined(record, members_of(data), data)


@attrs.frozen(kw_only=True)
class ReadCredential:
    credentials: CredentialStore
    load: LoadCredential

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, credential_id: CredentialId
    ) -> Credential:
        """Raises NotFound."""
        principal.require(Permission.READ, organisation_id)
        record = await self.credentials.get(organisation_id, credential_id)
        require_inside(principal, record)
        return await self.load.join(record)


@attrs.frozen(kw_only=True)
class ListCredentials:
    credentials: CredentialStore
    load: LoadCredential

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, query: ListQuery
    ) -> Page[Credential]:
        principal.require(Permission.READ, organisation_id)
        for _ in range(_TRIES):
            page = await self.credentials.list(organisation_id, query, only=principal.only)
            found = await self._joined(page.items)
            if len(found) == len(page.items):
                return _replaced(page, found)
        raise StorageUnavailable("Credentials were removed faster than a page of them could be read.")

    async def _joined(self, records: Sequence[CredentialRecord]) -> Mapping[CredentialId, Credential]:
        """Those that were not removed since the list was read."""
        limit = asyncio.Semaphore(_AT_ONCE)

        async def join(record: CredentialRecord) -> Credential | None:
            async with limit:
                try:
                    return await self.load.join(record)
                except NotFound:
                    return None

        found = await asyncio.gather(*map(join, records))
        return {credential.id: credential for credential in found if credential is not None}


def _replaced(page: Page[CredentialRecord], found: Mapping[CredentialId, Credential]) -> Page[Credential]:
    return page.of(lambda record: found[record.id])


def require_inside(principal: Principal, record: CredentialRecord) -> None:
    """Raise NotFound for one outside of ``only``: what no connection owns is outside of every narrowing."""
    if record.connection is not None:
        principal.require_connection(record.connection.id, app_id=record.connection.app_id)
    elif not principal.only.is_everything:
        raise NotFound


def path_of(record: CredentialRecord) -> SecretPath:
    """Where the credential's data is."""
    return SecretPath(record.organisation_id, SecretKind.CREDENTIAL, record.id)


def joined(record: CredentialRecord, members: Members, data: CredentialData) -> Credential:
    """A record with its data."""
    return Credential(
        id=record.id,
        organisation_id=record.organisation_id,
        connection_id=None if record.connection is None else record.connection.id,
        terms=record.terms,
        members=members,
        data=data,
        secret_version=record.secret_version,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )
