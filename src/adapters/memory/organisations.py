import attrs

from domain.access import Organisation
from domain.errors import AlreadyExists, NotFound
from domain.ids import OrganisationId


@attrs.frozen
class MemoryOrganisationStore:
    """An OrganisationStore."""

    _organisations: dict[OrganisationId, Organisation] = attrs.field(factory=dict, init=False)

    async def add(self, organisation: Organisation) -> None:
        if organisation.id in self._organisations:
            raise AlreadyExists
        self._organisations[organisation.id] = organisation

    async def get(self, organisation_id: OrganisationId) -> Organisation:
        if organisation_id not in self._organisations:
            raise NotFound
        return self._organisations[organisation_id]
