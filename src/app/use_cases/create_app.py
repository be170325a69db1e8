"""Register a provider's app."""

from collections.abc import Mapping

import attrs

from app.use_cases.app_rights import require_change
from app.use_cases.minting import Mint
from app.use_cases.shared_clients import RefuseSharedClients
from domain.access import Principal
from domain.apps import App
from domain.auth_configs import AuthConfig
from domain.errors import CallbackUrlTaken, NotFound
from domain.ids import AppId, CallbackId, OrganisationId
from domain.ports import AppStore, OrganisationStore, SecretKind, SecretPath, SecretStore
from domain.secret import Secret


@attrs.frozen(kw_only=True)
class NewApp:
    """An app as it is asked for: configs judged, secrets apart.

    Attributes:
        secrets: What is said of them, by their names in the app's document (``secret_name``); None removes one.

    """

    name: str
    server_name: str
    server_url: str
    configs: tuple[AuthConfig, ...]
    public: bool
    secrets: Mapping[str, Secret | None]
    image_url: str | None
    relay_callback_url: str | None
    return_urls: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    foreign: Mapping[str, object]


@attrs.frozen(kw_only=True)
class CreateApp:
    """Keep the client secrets, then the app: an app that is there has its secrets."""

    mint: Mint
    organisations: OrganisationStore
    apps: AppStore
    secrets: SecretStore
    refuse_shared_clients: RefuseSharedClients

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, new: NewApp) -> App:
        """Raises CallbackUrlTaken, Forbidden for whoever is narrowed, or may not publish what is public."""
        require_change(principal, organisation_id, public=new.public)
        principal.require_everything()
        await self.organisations.get(organisation_id)
        await self.refuse_shared_clients(organisation_id, new.configs)
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
            allowed_origins=new.allowed_origins,
            public=new.public,
            foreign=new.foreign,
            created_at=now,
            updated_at=now,
        )
        path = SecretPath(organisation_id, SecretKind.APP, app.id)
        document = {name: secret for name, secret in new.secrets.items() if secret is not None}
        version = await self.secrets.write(path, document, version=0)
        try:
            await self.apps.add(app := attrs.evolve(app, secrets_version=version))
        except (CallbackUrlTaken, NotFound):
            await self.secrets.destroy(path)
            raise
        return app
