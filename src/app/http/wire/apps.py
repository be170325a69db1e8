"""Apps on the wire, as they are answered; how they are asked for is in ``new_apps``."""

from datetime import datetime
from typing import Any

from app.http.wire.auth_configs import SupportedAuthConfigBody, answered
from app.http.wire.body import Body
from app.use_cases.start_connection import callback_url
from domain.apps import App


class ServerBody(Body):
    """Where the app's own API is; ``name`` is the URL unless given."""

    url: str
    name: str | None = None


class AppBody(Body):
    """An app as it is answered. ``deletedAt`` is seen on its connections alone."""

    id: str
    org_id: str
    name: str
    public: bool
    server: ServerBody
    supported_auth_configs: list[SupportedAuthConfigBody]
    return_urls: list[str]
    allowed_origins: list[str]
    created_at: datetime
    updated_at: datetime
    image_url: str | None = None
    callback_url: str | None = None
    relay_callback_url: str | None = None
    schema_id: Any = None
    schema: Any = None
    schema_metadata: Any = None
    deleted_at: datetime | None = None

    @classmethod
    def of(cls, app: App, *, public_url: str) -> "AppBody":
        """The app, with what is to be registered at its provider: our landing page, or its relay."""
        return cls(
            id=str(app.id),
            org_id=str(app.organisation_id),
            name=app.name,
            public=app.public,
            server=ServerBody(url=app.server_url, name=app.server_name),
            supported_auth_configs=[answered(config) for config in app.configs],
            image_url=app.image_url,
            callback_url=callback_url(public_url, app) if app.relay_callback_url is None else None,
            relay_callback_url=app.relay_callback_url,
            return_urls=list(app.return_urls),
            allowed_origins=list(app.allowed_origins),
            created_at=app.created_at,
            updated_at=app.updated_at,
            deleted_at=app.deleted_at,
            schema_id=app.foreign.get("schemaId"),
            schema=app.foreign.get("schema"),
            schema_metadata=app.foreign.get("schemaMetadata"),
        )
