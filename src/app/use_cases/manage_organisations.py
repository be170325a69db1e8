"""Look at organisations, and let them go."""

from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import compress

import attrs

from app.use_cases.each import each, raise_first
from domain.access import Organisation, Permission, Principal
from domain.errors import CallbackInProgress, StorageUnavailable
from domain.ids import OrganisationId
from domain.lists import ListQuery, Page
from domain.ports import OffboardingStore, OrganisationStore, SecretStore

_BATCH = 500


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

        Raises CallbackInProgress while a callback, a credential's first write, or a connection's beginning or end is
        under way; StorageUnavailable, once it has done what could be done.
        """
        while await self._destroy(organisation_id):
            if await self.offboarding.erase(organisation_id):
                return
        if not await self.offboarding.erase(organisation_id):
            raise CallbackInProgress

    async def _destroy(self, organisation_id: OrganisationId) -> bool:
        """Destroy all secrets that can be; whether there were any."""
        found = False
        while paths := await self.offboarding.secrets_of(organisation_id, first=_BATCH):
            failures = await each(self.secrets.destroy, paths)
            destroyed = compress(paths, (failure is None for failure in failures))
            await self.offboarding.forget(organisation_id, list(destroyed))
            raise_first(*failures)
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
        """Whether there may be more to do at once: what waits for a callback is tried again later.

        Raises StorageUnavailable, once all have had their turn.
        """
        failures = [await self._failure(organisation_id) async for organisation_id in self._marked()]
        raise_first(*failures)
        return False

    async def _marked(self) -> AsyncIterator[OrganisationId]:
        after: OrganisationId | None = None
        while marked := await self.offboarding.marked(after=after):
            for after in marked:
                yield after

    async def _failure(self, organisation_id: OrganisationId) -> StorageUnavailable | None:
        """What was in the way of this one; the others go on."""
        try:
            with suppress(CallbackInProgress):
                await self.offboard(organisation_id)
        except StorageUnavailable as error:
            return error
        return None

    async def seconds_late(self) -> float:
        """For how long the longest has been on its way."""
        return await self.offboarding.seconds_late()
