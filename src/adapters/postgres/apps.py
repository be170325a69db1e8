from typing import Any

import attrs
from psycopg.types.json import Json, Jsonb

from adapters.postgres.config_documents import config_document, read_config
from adapters.postgres.lists import Listing, read_page
from adapters.postgres.narrowing import inside, narrowed
from adapters.postgres.pool import Pool, Row, connected
from domain.apps import App, comparable_url
from domain.auth_configs import AuthType
from domain.errors import CallbackUrlTaken, NotFound
from domain.ids import AppId, CallbackId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.oauth.client import AuthStyle

_ADD = """
INSERT INTO apps (
    id, organisation_id, callback_id, name, server_name, server_url, configs, image_url,
    relay_callback_url, relay_callback_key, return_urls, foreign_members, created_at, updated_at
)
VALUES (
    %(id)s, %(organisation_id)s, %(callback_id)s, %(name)s, %(server_name)s, %(server_url)s, %(configs)s, %(image_url)s,
    %(relay_callback_url)s, %(relay_callback_key)s, %(return_urls)s, %(foreign_members)s, %(created_at)s, %(updated_at)s
)
ON CONFLICT (relay_callback_key) DO NOTHING
RETURNING id
"""

_GET = "SELECT * FROM apps WHERE organisation_id = %(organisation_id)s AND id = %(id)s"


_LEARN_AUTH_STYLE = """
UPDATE apps
SET configs = (
    SELECT jsonb_agg(
        CASE WHEN config @> %(unknown)s THEN config || %(known)s ELSE config END
        ORDER BY position
    )
    FROM jsonb_array_elements(configs) WITH ORDINALITY AS element (config, position)
)
WHERE id = %(id)s AND configs @> jsonb_build_array(%(unknown)s)
"""


@attrs.frozen
class PostgresAppStore:
    """An AppStore."""

    pool: Pool

    async def add(self, app: App) -> None:
        async with connected(self.pool) as connection:
            added = await (await connection.execute(_ADD, _parameters(app))).fetchone()
        if added is None:
            raise CallbackUrlTaken

    async def get(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        parameters = {"organisation_id": organisation_id, "id": app_id}
        async with connected(self.pool) as connection:
            row = await (await connection.execute(_GET, parameters)).fetchone()
        if row is None:
            raise NotFound
        return _app(row)

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[App]:
        conditions = ["organisation_id = %(organisation_id)s", *inside(only, app="id")]
        listing = Listing(table="apps", conditions=conditions)
        parameters = {"organisation_id": organisation_id, **narrowed(only)}
        async with connected(self.pool) as connection:
            return await read_page(connection, listing, query, parameters, read=_app)

    async def learn_auth_style(self, app_id: AppId, auth_type: AuthType, style: AuthStyle) -> None:
        parameters = {
            "id": app_id,
            "unknown": Jsonb({"type": auth_type, "auth_style": AuthStyle.AUTO}),
            "known": Jsonb({"auth_style": style}),
        }
        async with connected(self.pool) as connection:
            await connection.execute(_LEARN_AUTH_STYLE, parameters)


def _parameters(app: App) -> dict[str, Any]:
    relay = app.relay_callback_url
    return {
        "id": app.id,
        "organisation_id": app.organisation_id,
        "callback_id": app.callback_id,
        "name": app.name,
        "server_name": app.server_name,
        "server_url": app.server_url,
        "configs": Jsonb([config_document(config) for config in app.configs]),
        "image_url": app.image_url,
        "relay_callback_url": relay,
        "relay_callback_key": None if relay is None else comparable_url(relay),
        "return_urls": list(app.return_urls),
        "foreign_members": Json(dict(app.foreign)),
        "created_at": app.created_at,
        "updated_at": app.updated_at,
    }


def _app(row: Row) -> App:
    return App(
        id=AppId(row["id"]),
        organisation_id=OrganisationId(row["organisation_id"]),
        callback_id=CallbackId(row["callback_id"]),
        name=row["name"],
        server_name=row["server_name"],
        server_url=row["server_url"],
        configs=tuple(read_config(document) for document in row["configs"]),
        image_url=row["image_url"],
        relay_callback_url=row["relay_callback_url"],
        return_urls=tuple(row["return_urls"]),
        foreign=row["foreign_members"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
