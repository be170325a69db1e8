"""Read connections, each with its app."""

import attrs

from domain.access import Permission, Principal
from domain.apps import App
from domain.connections import Connection, ConnectionStatus
from domain.ids import AppId, ConnectionId, OrganisationId
from domain.lists import ListQuery, Page
from domain.ports import AppStore, ConnectionStore


@attrs.frozen
class ConnectionWithApp:
    connection: Connection
    app: App


@attrs.frozen(kw_only=True)
class ReadConnection:
    connections: ConnectionStore
    apps: AppStore

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, connection_id: ConnectionId
    ) -> ConnectionWithApp:
        """Raises NotFound."""
        principal.require(Permission.READ, organisation_id)
        connection = await self.connections.get(organisation_id, connection_id)
        principal.require_connection(connection.id, app_id=connection.app_id)
        return ConnectionWithApp(
            connection, await self.apps.get_kept(connection.app_organisation_id, connection.app_id)
        )


@attrs.frozen(kw_only=True)
class ListConnections:
    connections: ConnectionStore
    apps: AppStore

    async def __call__(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        query: ListQuery,
        *,
        app_id: AppId | None,
        status: ConnectionStatus | None,
    ) -> Page[ConnectionWithApp]:
        principal.require(Permission.READ, organisation_id)
        page = await self.connections.list(organisation_id, query, app_id=app_id, status=status, only=principal.only)
        owners = {item.app_id: item.app_organisation_id for item in page.items}
        apps = {app_id: await self.apps.get_kept(owner, app_id) for app_id, owner in owners.items()}
        return page.of(lambda item: ConnectionWithApp(item, apps[item.app_id]))
