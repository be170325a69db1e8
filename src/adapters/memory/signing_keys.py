import attrs

from adapters.memory.paging import page_of
from domain.errors import NotFound
from domain.ids import OrganisationId, SigningKeyId
from domain.lists import ListQuery, Page
from domain.ports import OrganisationStore
from domain.signing_keys import SigningKey


@attrs.frozen
class MemorySigningKeyStore:
    """A SigningKeyStore of these organisations."""

    organisations: OrganisationStore
    _keys: dict[SigningKeyId, SigningKey] = attrs.field(factory=dict, init=False)

    async def add(self, key: SigningKey) -> None:
        await self.organisations.get(key.organisation_id)
        self._keys[key.id] = key

    async def find(self, organisation_id: OrganisationId, key_id: SigningKeyId) -> SigningKey | None:
        key = self._keys.get(key_id)
        return None if key is None or key.organisation_id != organisation_id else key

    async def list(self, organisation_id: OrganisationId, query: ListQuery) -> Page[SigningKey]:
        return page_of((key for key in self._keys.values() if key.organisation_id == organisation_id), query)

    async def delete(self, organisation_id: OrganisationId, key_id: SigningKeyId) -> None:
        if await self.find(organisation_id, key_id) is None:
            raise NotFound
        del self._keys[key_id]
