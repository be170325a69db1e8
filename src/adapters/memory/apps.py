import attrs

from adapters.memory.paging import page_of
from domain.apps import App, comparable_url
from domain.auth_configs import AuthConfig, AuthType, DirectGrantConfig, OAuth2Config, OidcConfig
from domain.errors import CallbackUrlTaken, NotFound
from domain.ids import AppId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.oauth.client import AuthStyle


@attrs.frozen
class MemoryAppStore:
    """An AppStore."""

    _apps: dict[AppId, App] = attrs.field(factory=dict, init=False)

    async def add(self, app: App) -> None:
        if app.relay_callback_url is not None and comparable_url(app.relay_callback_url) in self._relays():
            raise CallbackUrlTaken
        self._apps[app.id] = app

    async def get(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        app = self._apps.get(app_id)
        if app is None or app.organisation_id != organisation_id:
            raise NotFound
        return app

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[App]:
        apps = [
            app for app in self._apps.values() if app.organisation_id == organisation_id and only.includes_app(app.id)
        ]
        return page_of(apps, query)

    async def learn_auth_style(self, app_id: AppId, auth_type: AuthType, style: AuthStyle) -> None:
        app = self._apps.get(app_id)
        if app is not None:
            configs = tuple(_learnt(config, auth_type, style) for config in app.configs)
            self._apps[app_id] = attrs.evolve(app, configs=configs)

    def _relays(self) -> set[str]:
        return {comparable_url(app.relay_callback_url) for app in self._apps.values() if app.relay_callback_url}


def _learnt(config: AuthConfig, auth_type: AuthType, style: AuthStyle) -> AuthConfig:
    if not isinstance(config, OAuth2Config | OidcConfig | DirectGrantConfig) or config.type is not auth_type:
        return config
    return attrs.evolve(config, auth_style=style) if config.auth_style is AuthStyle.AUTO else config
