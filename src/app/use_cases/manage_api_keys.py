"""Look at API keys, and take them back. The keys themselves are nowhere to be read."""

import attrs

from domain.access import ApiKey, Permission, Principal
from domain.errors import NotFound
from domain.ids import ApiKeyId, OrganisationId
from domain.lists import ListQuery, Page
from domain.ports import ApiKeyStore, OrganisationStore


@attrs.frozen(kw_only=True)
class ListApiKeys:
    organisations: OrganisationStore
    api_keys: ApiKeyStore

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, query: ListQuery) -> Page[ApiKey]:
        """Those that reach no further than the principal. Raises NotFound for an unknown organisation."""
        principal.require(Permission.MANAGE_KEYS, organisation_id)
        await self.organisations.get(organisation_id)
        return await self.api_keys.list(organisation_id, query, only=principal.only)


@attrs.frozen(kw_only=True)
class ReadApiKey:
    organisations: OrganisationStore
    api_keys: ApiKeyStore

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, key_id: ApiKeyId) -> ApiKey:
        """Raises NotFound, also for a key that reaches further than the principal."""
        principal.require(Permission.MANAGE_KEYS, organisation_id)
        await self.organisations.get(organisation_id)
        key = await self.api_keys.get(organisation_id, key_id)
        if not principal.only.includes(key.only):
            raise NotFound
        return key


@attrs.frozen
class DeleteApiKey:
    """Take a key back: it is looked up at each request, so that the next one with it is refused."""

    read: ReadApiKey

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, key_id: ApiKeyId) -> None:
        """Raises NotFound, also the second time."""
        await self.read(principal, organisation_id, key_id)
        await self.read.api_keys.delete(organisation_id, key_id)
