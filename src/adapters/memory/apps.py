from collections.abc import Callable, Sequence

import attrs

from adapters.memory.paging import page_of
from domain.apps import App
from domain.auth_configs import AuthConfig, AuthType, DirectGrantConfig, OAuth2Config, OidcConfig
from domain.errors import CallbackUrlTaken, NotFound
from domain.flows import AuthorizationFlow
from domain.ids import AppId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.oauth.client import AuthStyle
from domain.ports import Clock
from domain.urls import comparable_url


@attrs.frozen
class MemoryAppStore:
    """An AppStore, by this clock."""

    _clock: Clock
    _apps: dict[AppId, App] = attrs.field(factory=dict, init=False)

    async def add(self, app: App) -> None:
        self._refuse_rivals(app)
        self._apps[app.id] = app

    async def get(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        return self._one(app_id, lambda app: app.organisation_id == organisation_id and app.deleted_at is None)

    async def get_usable(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        return self._one(
            app_id, lambda app: (app.public or app.organisation_id == organisation_id) and app.deleted_at is None
        )

    async def get_public(self, app_id: AppId) -> App:
        return self._one(app_id, lambda app: app.public and app.deleted_at is None)

    async def get_kept(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        return self._one(app_id, lambda app: app.organisation_id == organisation_id)

    async def secrets_version(
        self,
        organisation_id: OrganisationId,
        app_id: AppId,
        *,
        connected: OrganisationId,  # noqa: ARG002 - nothing holds tenants apart here
    ) -> int | None:
        app = self._apps.get(app_id)
        return app.secrets_version if app is not None and app.organisation_id == organisation_id else None

    async def replace(self, app: App) -> App:
        old = await self.get(app.organisation_id, app.id)
        if old.secrets_version >= app.secrets_version:
            return old
        self._refuse_rivals(app)
        kept = attrs.evolve(app, callback_id=old.callback_id, created_at=old.created_at, deleted_at=None)
        self._apps[app.id] = kept
        return kept

    async def delete(self, organisation_id: OrganisationId, app_id: AppId) -> None:
        app = await self.get(organisation_id, app_id)
        self._apps[app_id] = attrs.evolve(app, deleted_at=self._clock.now())

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[App]:
        return page_of([app for app in self._living(only) if app.organisation_id == organisation_id], query)

    async def list_public(
        self, organisation_id: OrganisationId | None, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[App]:
        apps = [app for app in self._living(only) if app.public and app.organisation_id != organisation_id]
        return page_of(apps, query)

    async def any_allows(self, origin: str, *, usable_by: OrganisationId | None) -> bool:
        usable = (app for app in self._living(EVERYTHING) if app.public or app.organisation_id == usable_by)
        return any(origin in app.allowed_origins for app in usable)

    async def public_configs_of_client(self, client_id: str, *, but: OrganisationId) -> Sequence[AuthConfig]:
        apps = (app for app in self._living(EVERYTHING) if app.public and app.organisation_id != but)
        return [config for app in apps for config in app.configs if getattr(config, "client_id", None) == client_id]

    async def learn_auth_style(
        self, organisation_id: OrganisationId, app_id: AppId, auth_type: AuthType, style: AuthStyle
    ) -> None:
        app = self._apps.get(app_id)
        if app is not None and app.organisation_id == organisation_id:
            configs = tuple(_learnt(config, auth_type, style) for config in app.configs)
            self._apps[app_id] = attrs.evolve(app, configs=configs)

    def has_no_newer_secrets(self, flow: AuthorizationFlow, version: int) -> bool:
        """Whether the flow's app is one that its organisation can see, and has no newer secrets than those."""
        app = self._apps.get(flow.app_id)
        if app is None or app.secrets_version > version:
            return False
        return app.organisation_id == flow.organisation_id or (app.public and app.deleted_at is None)

    def _one(self, app_id: AppId, condition: Callable[[App], bool]) -> App:
        app = self._apps.get(app_id)
        if app is None or not condition(app):
            raise NotFound
        return app

    def _living(self, only: Narrowing) -> Sequence[App]:
        return [app for app in self._apps.values() if app.deleted_at is None and only.includes_app(app.id)]

    def _refuse_rivals(self, app: App) -> None:
        others = [other for other in self._living(EVERYTHING) if other.id != app.id and other.relay_callback_url]
        taken = {comparable_url(other.relay_callback_url or "") for other in others}
        if app.relay_callback_url is not None and comparable_url(app.relay_callback_url) in taken:
            raise CallbackUrlTaken


def _learnt(config: AuthConfig, auth_type: AuthType, style: AuthStyle) -> AuthConfig:
    if not isinstance(config, OAuth2Config | OidcConfig | DirectGrantConfig) or config.type is not auth_type:
        return config
    return attrs.evolve(config, auth_style=style) if config.auth_style is AuthStyle.AUTO else config
