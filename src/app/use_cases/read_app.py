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


@attrs.frozen
class ReadPublicApp:
    apps: AppStore

    async def __call__(self, principal: Principal, app_id: AppId) -> App:
        """Any organisation's public app. Raises NotFound."""
        _require_reading(principal)
        principal.require_app(app_id)
        return await self.apps.get_public(app_id)


@attrs.frozen
class ListPublicApps:
    apps: AppStore

    async def __call__(self, principal: Principal, query: ListQuery) -> Page[App]:
        """Those that the principal's organisation does not own."""
        _require_reading(principal)
        return await self.apps.list_public(principal.organisation_id, query, only=principal.only)


def _require_reading(principal: Principal) -> None:
    principal.require(Permission.PUBLISH if principal.organisation_id is None else Permission.READ)
