"""List the apps that an organisation is connected with."""

import attrs

from domain.access import Permission, Principal
from domain.ids import OrganisationId
from domain.lists import ListQuery, Page
from domain.ports import ConnectedApp, ConnectedAppStore


@attrs.frozen
class ListConnectedApps:
    connected_apps: ConnectedAppStore

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, query: ListQuery
    ) -> Page[ConnectedApp]:
        principal.require(Permission.READ, organisation_id)
        return await self.connected_apps.list(organisation_id, query, only=principal.only)
