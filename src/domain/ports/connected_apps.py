"""The apps that an organisation has connections of."""

from collections.abc import Sequence
from typing import Protocol

import attrs

from domain.apps import App
from domain.ids import ConnectionId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing

MOST_CONNECTIONS = 100


@attrs.frozen
class NamedConnection:
    id: ConnectionId
    name: str


@attrs.frozen
class ConnectedApp:
    """An app, and the first MOST_CONNECTIONS of its connections, by id."""

    app: App
    connections: Sequence[NamedConnection]


class ConnectedAppStore(Protocol):
    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[ConnectedApp]:
        """The apps, anybody's and deleted ones too, of which the organisation has connections inside of ``only``."""
