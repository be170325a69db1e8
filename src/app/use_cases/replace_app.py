"""Replace an app: whole, but for the secrets that are not spoken of."""

from collections.abc import Callable, Collection, Mapping

import attrs

from app.use_cases.app_rights import require_change, require_some_change
from app.use_cases.create_app import NewApp
from app.use_cases.shared_clients import RefuseSharedClients
from domain.access import Principal
from domain.apps import App
from domain.endpoints import moved_endpoint
from domain.errors import CallbackUrlTaken, FieldError, InvalidRequest
from domain.ids import AppId, OrganisationId
from domain.ports import (
    AppStore,
    Clock,
    SecretConflict,
    SecretKind,
    SecretMissing,
    SecretPath,
    SecretStore,
    SecretStoreUnavailable,
    StoredSecret,
)
from domain.secret import Secret

_TRIES = 5


@attrs.frozen(kw_only=True)
class ReplaceApp:
    """Read what is kept, judge the change, write the secrets, then the app.

    Of two changes at once one is judged again, against the other's: the secrets' version orders them, and so no app
    ends up with another change's secrets.
    """

    clock: Clock
    apps: AppStore
    secrets: SecretStore
    refuse_shared_clients: RefuseSharedClients

    async def __call__(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        app_id: AppId,
        read: Callable[[Collection[str]], NewApp],
    ) -> App:
        """The app as it is now; ``read`` is told the names of the secrets that it has.

        Raises NotFound, Forbidden, InvalidRequest, CallbackUrlTaken, StorageUnavailable.
        """
        require_some_change(principal, organisation_id, app_id)
        for _ in range(_TRIES):
            app = await self.apps.get(organisation_id, app_id)
            stored = await self._stored(app)
            new = read(stored.document.keys())
            require_change(principal, organisation_id, public=app.public or new.public)
            _refuse_moved(app, new, stored.document)
            await self.refuse_shared_clients(organisation_id, new.configs)
            try:
                return await self._replace(app, new, stored)
            except SecretConflict:
                continue
        raise SecretStoreUnavailable("The app is being changed by others. Send the same request again in some seconds.")

    async def _stored(self, app: App) -> StoredSecret:
        try:
            return await self.secrets.read(_path(app), at_least=app.secrets_version)
        except SecretMissing as error:
            raise SecretStoreUnavailable(
                "The app's secrets are not in the secret store. Restore them, or create the app again."
            ) from error

    async def _replace(self, app: App, new: NewApp, stored: StoredSecret) -> App:
        version = await self.secrets.write(_path(app), _merged(new, stored.document), version=stored.version)
        changed = attrs.evolve(
            app,
            name=new.name,
            server_name=new.server_name,
            server_url=new.server_url,
            configs=new.configs,
            image_url=new.image_url,
            relay_callback_url=new.relay_callback_url,
            return_urls=new.return_urls,
            allowed_origins=new.allowed_origins,
            public=new.public,
            secrets_version=version,
            foreign=new.foreign,
            updated_at=self.clock.now(),
        )
        try:
            return await self.apps.replace(changed)
        except CallbackUrlTaken:
            await self.secrets.write(_path(app), stored.document, version=version)
            raise


def _path(app: App) -> SecretPath:
    return SecretPath(app.organisation_id, SecretKind.APP, app.id)


def _merged(new: NewApp, stored: Mapping[str, Secret]) -> dict[str, Secret]:
    """What is said, and what is kept and not spoken of, of the configs that there are."""
    types = {config.type.lower() for config in new.configs}
    kept = {name: secret for name, secret in stored.items() if _type_of(name) in types and name not in new.secrets}
    return kept | {name: secret for name, secret in new.secrets.items() if secret is not None}


def _refuse_moved(app: App, new: NewApp, stored: Mapping[str, Secret]) -> None:
    """Raise InvalidRequest for an endpoint at another origin, to which a secret would go that was not sent with it."""
    before = {config.type.lower(): config for config in app.configs}
    for config in new.configs:
        old = before.get(config.type.lower())
        kept = [name for name in stored if _type_of(name) == config.type.lower() and name not in new.secrets]
        moved = None if old is None or not kept else moved_endpoint(old, config)
        if moved is not None:
            raise InvalidRequest(
                "An endpoint moves to another origin. Send the config's secrets again with it.",
                fields=(FieldError(f"authConfigs.data.{moved}", "moves to another origin without the secret"),),
            )


def _type_of(name: str) -> str:
    return name.rpartition(".")[0].lower()
