from collections.abc import Sequence

import attrs

from adapters.memory.apps import MemoryAppStore
from adapters.memory.connections import MemoryConnectionStore
from adapters.memory.paging import page_of
from domain.connections import Connection, ConnectionStatus
from domain.ids import OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import MOST_CONNECTIONS, ConnectedApp, NamedConnection


@attrs.frozen
class MemoryConnectedAppStore:
    """A ConnectedAppStore of these stores."""

    connections: MemoryConnectionStore
    apps: MemoryAppStore

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[ConnectedApp]:
        connections = [
            item
            for item in self.connections.all()
            if item.organisation_id == organisation_id
            and item.status is not ConnectionStatus.DELETING
            and only.includes_connection(item.id, app_id=item.app_id)
        ]
        owners = {item.app_id: item.app_organisation_id for item in connections}
        apps = [await self.apps.get_kept(owner, app_id) for app_id, owner in owners.items()]
        return page_of(apps, query).of(
            lambda app: ConnectedApp(app, _named([item for item in connections if item.app_id == app.id]))
        )


def _named(connections: Sequence[Connection]) -> Sequence[NamedConnection]:
    first_ones = sorted(connections, key=lambda item: item.id)[:MOST_CONNECTIONS]
    return [NamedConnection(item.id, item.name) for item in first_ones]
