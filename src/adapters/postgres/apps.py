from collections.abc import Sequence
from functools import partial
from typing import Any, LiteralString

import attrs
from psycopg.errors import ForeignKeyViolation, UniqueViolation
from psycopg.types.json import Json, Jsonb

from adapters.postgres import app_statements as statements
from adapters.postgres.config_documents import config_document, read_config
from adapters.postgres.lists import Listing, read_page
from adapters.postgres.narrowing import inside, narrowed
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import Reach, ask
from domain.apps import App
from domain.auth_configs import AuthConfig, AuthType
from domain.errors import CallbackUrlTaken, NotFound
from domain.ids import AppId, CallbackId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.oauth.client import AuthStyle
from domain.urls import comparable_url


@attrs.frozen
class PostgresAppStore:
    """An AppStore."""

    pool: Pool

    async def add(self, app: App) -> None:
        try:
            added = (await ask(self.pool, app.organisation_id, statements.ADD, _parameters(app))).rows
        except ForeignKeyViolation as error:  # its organisation was removed meanwhile
            raise NotFound from error
        if not added:
            raise CallbackUrlTaken

    async def get(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        return await self._one(statements.GET, organisation_id, app_id)

    async def get_usable(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        return await self._one(statements.GET_USABLE, organisation_id, app_id, reach=Reach.PUBLIC_APPS)

    async def get_public(self, app_id: AppId) -> App:
        return await self._one(statements.GET_PUBLIC, None, app_id, reach=Reach.PUBLIC_APPS)

    async def get_kept(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        return await self._one(statements.GET_KEPT, organisation_id, app_id)

    async def secrets_version(
        self, organisation_id: OrganisationId, app_id: AppId, *, connected: OrganisationId
    ) -> int | None:
        parameters = {"organisation_id": organisation_id, "id": app_id}
        reach = None if organisation_id == connected else Reach.CONNECTED_APPS
        rows = (
            await ask(self.pool, connected, statements.SECRETS_VERSION, parameters, reach=reach, prepared=True)
        ).rows
        return rows[0]["secrets_version"] if rows else None

    async def replace(self, app: App) -> App:
        try:
            await ask(self.pool, app.organisation_id, statements.REPLACE, _parameters(app))
        except UniqueViolation as error:
            raise CallbackUrlTaken from error
        return await self.get(app.organisation_id, app.id)

    async def delete(self, organisation_id: OrganisationId, app_id: AppId) -> None:
        await self._row(statements.DELETE, organisation_id, app_id)

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[App]:
        return await self._page("organisation_id = %(organisation_id)s", organisation_id, query, only)

    async def list_public(
        self, organisation_id: OrganisationId | None, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[App]:
        these: LiteralString = "public AND organisation_id IS DISTINCT FROM %(organisation_id)s"
        return await self._page(these, organisation_id, query, only, reach=Reach.PUBLIC_APPS)

    async def any_allows(self, origin: str, *, usable_by: OrganisationId | None) -> bool:
        parameters = {"origin": origin, "organisation_id": usable_by}
        found = await ask(self.pool, usable_by, statements.ANY_ALLOWS, parameters, reach=Reach.PUBLIC_APPS)
        return bool(found.rows[0]["allowed"])

    async def public_configs_of_client(self, client_id: str, *, but: OrganisationId) -> Sequence[AuthConfig]:
        parameters = {"client": Jsonb({"client_id": client_id}), "organisation_id": but}
        found = await ask(self.pool, but, statements.PUBLIC_CONFIGS_OF_CLIENT, parameters, reach=Reach.PUBLIC_APPS)
        return [read_config(row["config"]) for row in found.rows]

    async def learn_auth_style(
        self, organisation_id: OrganisationId, app_id: AppId, auth_type: AuthType, style: AuthStyle
    ) -> None:
        parameters = {
            "organisation_id": organisation_id,
            "id": app_id,
            "unknown": Jsonb({"type": auth_type, "auth_style": AuthStyle.AUTO}),
            "known": Jsonb({"auth_style": style}),
        }
        await ask(self.pool, organisation_id, statements.LEARN_AUTH_STYLE, parameters)

    async def _one(
        self,
        statement: LiteralString,
        organisation_id: OrganisationId | None,
        app_id: AppId,
        *,
        reach: Reach | None = None,
    ) -> App:
        return read_app(await self._row(statement, organisation_id, app_id, reach=reach))

    async def _row(
        self,
        statement: LiteralString,
        organisation_id: OrganisationId | None,
        app_id: AppId,
        *,
        reach: Reach | None = None,
    ) -> Row:
        parameters = {"organisation_id": organisation_id, "id": app_id}
        rows = (await ask(self.pool, organisation_id, statement, parameters, reach=reach)).rows
        if not rows:
            raise NotFound
        return rows[0]

    async def _page(
        self,
        these: LiteralString,
        organisation_id: OrganisationId | None,
        query: ListQuery,
        only: Narrowing,
        *,
        reach: Reach | None = None,
    ) -> Page[App]:
        listing = Listing(table="apps", conditions=[these, "deleted_at IS NULL", *inside(only, app="id")])
        parameters = {"organisation_id": organisation_id, **narrowed(only)}
        return await read_page(
            partial(ask, self.pool, organisation_id, reach=reach), listing, query, parameters, read=read_app
        )


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
        "allowed_origins": list(app.allowed_origins),
        "public": app.public,
        "secrets_version": app.secrets_version,
        "foreign_members": Json(dict(app.foreign)),
        "created_at": app.created_at,
        "updated_at": app.updated_at,
    }


def read_app(row: Row) -> App:
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
        allowed_origins=tuple(row["allowed_origins"]),
        public=row["public"],
        secrets_version=row["secrets_version"],
        foreign=row["foreign_members"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )
