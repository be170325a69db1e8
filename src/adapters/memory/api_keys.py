import attrs

from adapters.memory.paging import page_of
from domain.access import ApiKey, Role
from domain.errors import NotFound
from domain.ids import ApiKeyId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import Clock, OrganisationStore


@attrs.frozen
class MemoryApiKeyStore:
    """An ApiKeyStore of these organisations, by this clock."""

    organisations: OrganisationStore
    clock: Clock
    _keys: dict[ApiKeyId, ApiKey] = attrs.field(factory=dict, init=False)

    async def add(self, key: ApiKey) -> None:
        if key.organisation_id is not None:
            await self.organisations.get(key.organisation_id)
        self._keys[key.id] = key

    async def find(self, fingerprint: str) -> ApiKey | None:
        key = next((key for key in self._keys.values() if key.fingerprint == fingerprint), None)
        return None if key is None or self._has_expired(key) else key

    async def platform_admin_exists(self) -> bool:
        return any(Role.PLATFORM_ADMIN in key.roles and not self._has_expired(key) for key in self._keys.values())

    async def get(self, organisation_id: OrganisationId, key_id: ApiKeyId) -> ApiKey:
        key = self._keys.get(key_id)
        if key is None or key.organisation_id != organisation_id:
            raise NotFound
        return key

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[ApiKey]:
        keys = [
            key for key in self._keys.values() if key.organisation_id == organisation_id and only.includes(key.only)
        ]
        return page_of(keys, query)

    async def delete(self, organisation_id: OrganisationId, key_id: ApiKeyId) -> None:
        await self.get(organisation_id, key_id)
        del self._keys[key_id]

    def _has_expired(self, key: ApiKey) -> bool:
        return key.expires_at is not None and key.expires_at <= self.clock.now()
