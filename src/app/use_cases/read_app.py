"""Read apps."""

import attrs

from domain.access import Permission, Principal
from domain.apps import App
from domain.ids import AppId, OrganisationId
from domain.ports import AppStore, Page


@attrs.frozen
class ReadApp:
    apps: AppStore

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, app_id: AppId) -> App:
        """Raises NotFound."""
        principal.require(Permission.READ, organisation_id)
        principal.require_app(app_id)
        return await self.apps.get(organisation_id, app_id)


@attrs.frozen
class ListApps:
    apps: AppStore

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, *, first: int, after: AppId | None
    ) -> Page[App]:
        """One app more than ``first``, if there are, so that the caller knows of a next page."""
        principal.require(Permission.READ, organisation_id)
        return await self.apps.list(organisation_id, first=first + 1, after=after, only=principal.only)
