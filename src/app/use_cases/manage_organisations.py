"""Look at organisations, and let them go."""

import asyncio
from contextlib import suppress

import attrs

from domain.access import Organisation, Permission, Principal
from domain.errors import CallbackInProgress
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
        """Return when nothing of it is left.

        Raises CallbackInProgress while a callback, or a credential's first write, is under way.
        """
        while await self._destroy(organisation_id):
            if await self.offboarding.erase(organisation_id):
                return
        if not await self.offboarding.erase(organisation_id):
            raise CallbackInProgress

    async def _destroy(self, organisation_id: OrganisationId) -> bool:
        """Destroy all secrets that can be; whether there were any."""
        found = False
        while paths := await self.offboarding.secrets_of(organisation_id, first=_AT_ONCE):
            await asyncio.gather(*(self.secrets.destroy(path) for path in paths))
            await self.offboarding.forget(organisation_id, paths)
            found = True
        return found


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


@attrs.frozen(kw_only=True)
class OffboardOrganisations:
    """Go on with what a request had begun when it, or its process, was stopped."""

    offboarding: OffboardingStore
    offboard: OffboardOrganisation

    async def __call__(self) -> bool:
        """Whether there may be more to do at once: what waits for a callback is tried again later."""
        for organisation_id in await self.offboarding.marked():
            with suppress(CallbackInProgress):
                await self.offboard(organisation_id)
        return False

    async def seconds_late(self) -> float:
        """For how long the longest has been on its way."""
        return await self.offboarding.seconds_late()
