"""An app's client secret: stored once, with its app, and joined where it is needed."""

import attrs

from domain.apps import secret_name
from domain.auth_configs import AuthType
from domain.ids import AppId, OrganisationId
from domain.ports import SecretKind, SecretMissing, SecretPath, SecretStore, SecretStoreUnavailable
from domain.secret import Secret


@attrs.frozen
class ReadClientSecret:
    secrets: SecretStore

    async def __call__(self, organisation_id: OrganisationId, app_id: AppId, auth_type: AuthType) -> Secret | None:
        """The secret of the app's config of this type; None for a public client. Raises SecretStoreUnavailable."""
        try:
            stored = await self.secrets.read(SecretPath(organisation_id, SecretKind.APP, app_id))
        except SecretMissing as error:
            raise SecretStoreUnavailable(
                "The app's secrets are not in the secret store. Restore them, or create the app again."
            ) from error
        return stored.document.get(secret_name(auth_type))
