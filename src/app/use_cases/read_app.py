"""Read apps."""

import attrs

from domain.access import Permission, Principal
from domain.apps import App
from domain.ids import AppId, OrganisationId
from domain.lists import ListQuery, Page
from domain.ports import AppStore


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

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, query: ListQuery) -> Page[App]:
        principal.require(Permission.READ, organisation_id)
        return await self.apps.list(organisation_id, query, only=principal.only)
