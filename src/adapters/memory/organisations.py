import attrs

from adapters.memory.paging import page_of
from domain.access import Organisation
from domain.errors import AlreadyExists, NotFound
from domain.ids import OrganisationId
from domain.lists import ListQuery, Page


@attrs.frozen
class MemoryOrganisationStore:
    """An OrganisationStore, of which none is ever being removed."""

    _organisations: dict[OrganisationId, Organisation] = attrs.field(factory=dict, init=False)

    async def add(self, organisation: Organisation) -> None:
        if organisation.id in self._organisations:
            raise AlreadyExists
        self._organisations[organisation.id] = organisation

    async def get(self, organisation_id: OrganisationId) -> Organisation:
        if organisation_id not in self._organisations:
            raise NotFound
        return self._organisations[organisation_id]

    async def list(self, query: ListQuery) -> Page[Organisation]:
        return page_of(self._organisations.values(), query)
