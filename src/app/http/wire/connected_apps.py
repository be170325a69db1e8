"""Connected apps on the wire."""

from app.http.wire.apps import AppBody
from app.http.wire.body import Body
from domain.ports import ConnectedApp


class NamedConnectionBody(Body):
    id: str
    name: str


class ConnectedAppBody(Body):
    """An app, and its connections."""

    app: AppBody
    connections: list[NamedConnectionBody]

    @classmethod
    def of(cls, found: ConnectedApp, *, public_url: str) -> "ConnectedAppBody":
        return cls(
            app=AppBody.of(found.app, public_url=public_url),
            connections=[NamedConnectionBody(id=item.id, name=item.name) for item in found.connections],
        )
