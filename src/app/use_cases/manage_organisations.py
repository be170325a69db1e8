"""Look at organisations, and let them go."""

import asyncio

import attrs

from domain.access import Organisation, Permission, Principal
from domain.ids import OrganisationId
from domain.lists import ListQuery, Page
from domain.ports import OffboardingStore, OrganisationStore, SecretStore

_AT_ONCE = 20


@attrs.frozen
class ListOrganisations:
    organisations: OrganisationStore

    async def __call__(self, principal: Principal, query: ListQuery) -> Page[Organisation]:
        principal.require(Permission.MANAGE_ORGANISATIONS)
        return await self.organisations.list(query)


@attrs.frozen
class ReadOrganisation:
    organisations: OrganisationStore

    async def __call__(self, principal: Principal, organisation_id: OrganisationId) -> Organisation:
        """Raises NotFound."""
        principal.require(Permission.READ_ORGANISATION, organisation_id)
        return await self.organisations.get(organisation_id)


@attrs.frozen(kw_only=True)
class OffboardOrganisation:
    """Destroy each secret of an organisation that is marked, then its record; then the organisation itself.

    The record goes last, so that whoever comes after a crash finds what is still to be done. Its order of steps is the
    same from any point on: run it again, by the same request or by a job, until it returns.
    """

    offboarding: OffboardingStore
    secrets: SecretStore

    async def __call__(self, organisation_id: OrganisationId) -> None:
        """Return when nothing of it is left. Raises CallbackInProgress while a callback still finishes a flow of it."""
        while True:
            while paths := await self.offboarding.secrets_of(organisation_id, first=_AT_ONCE):
                await asyncio.gather(*(self.secrets.destroy(path) for path in paths))
                await self.offboarding.forget(organisation_id, paths)
            if await self.offboarding.erase(organisation_id):
                return


@attrs.frozen(kw_only=True)
class DeleteOrganisation:
    """Mark the organisation, so that from then on nobody finds it, its keys and its flows; then off-board it."""

    offboarding: OffboardingStore
    offboard: OffboardOrganisation

    async def __call__(self, principal: Principal, organisation_id: OrganisationId) -> None:
        """Raises NotFound once it is gone; what was stopped half-way goes on when it is asked for again."""
        principal.require(Permission.MANAGE_ORGANISATIONS, organisation_id)
        await self.offboarding.mark(organisation_id)
        await self.offboard(organisation_id)
