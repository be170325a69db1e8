import attrs

from domain.access import ApiKey, Principal, Role
from domain.ports import Clock, OrganisationStore


@attrs.frozen
class MemoryApiKeyStore:
    """An ApiKeyStore of these organisations, by this clock."""

    organisations: OrganisationStore
    clock: Clock
    _keys: dict[str, ApiKey] = attrs.field(factory=dict, init=False)

    async def add(self, key: ApiKey) -> None:
        if key.organisation_id is not None:
            await self.organisations.get(key.organisation_id)
        self._keys[key.fingerprint] = key

    async def find(self, fingerprint: str) -> Principal | None:
        key = self._keys.get(fingerprint)
        if key is None or self._has_expired(key):
            return None
        return Principal(id=key.id, name=key.name, organisation_id=key.organisation_id, roles=key.roles)

    async def platform_admin_exists(self) -> bool:
        return any(Role.PLATFORM_ADMIN in key.roles and not self._has_expired(key) for key in self._keys.values())

    def _has_expired(self, key: ApiKey) -> bool:
        return key.expires_at is not None and key.expires_at <= self.clock.now()
