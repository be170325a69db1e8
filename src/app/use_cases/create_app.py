"""Register a provider's app."""

from collections.abc import Mapping

import attrs

from app.use_cases.minting import Mint
from domain.access import Permission, Principal
from domain.apps import App
from domain.auth_configs import AuthConfig
from domain.errors import CallbackUrlTaken
from domain.ids import AppId, CallbackId, OrganisationId
from domain.ports import AppStore, OrganisationStore, SecretKind, SecretPath, SecretStore
from domain.secret import Secret


@attrs.frozen(kw_only=True)
class NewApp:
    """An app as it is asked for: configs judged, secrets apart, by their names in its document (``secret_name``)."""

    name: str
    server_name: str
    server_url: str
    configs: tuple[AuthConfig, ...]
    secrets: Mapping[str, Secret]
    image_url: str | None
    relay_callback_url: str | None
    return_urls: tuple[str, ...]
    foreign: Mapping[str, object]


@attrs.frozen(kw_only=True)
class CreateApp:
    """Keep the client secrets, then the app: an app that is there has its secrets."""

    mint: Mint
    organisations: OrganisationStore
    apps: AppStore
    secrets: SecretStore

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, new: NewApp) -> App:
        """Raises CallbackUrlTaken, Forbidden for whoever is narrowed."""
        principal.require(Permission.EDIT, organisation_id)
        principal.require_everything()
        await self.organisations.get(organisation_id)
        now = self.mint.clock.now()
        app = App(
            id=self.mint.ulid(AppId),
            organisation_id=organisation_id,
            callback_id=self.mint.ulid(CallbackId),
            name=new.name,
            server_name=new.server_name,
            server_url=new.server_url,
            configs=new.configs,
            image_url=new.image_url,
            relay_callback_url=new.relay_callback_url,
            return_urls=new.return_urls,
            foreign=new.foreign,
            created_at=now,
            updated_at=now,
        )
        path = SecretPath(organisation_id, SecretKind.APP, app.id)
        await self.secrets.write(path, new.secrets, version=0)
        try:
            await self.apps.add(app)
        except CallbackUrlTaken:
            await self.secrets.destroy(path)
            raise
        return app
