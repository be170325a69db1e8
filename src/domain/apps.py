"""Apps: a provider's registration of one organisation, and when a config of it can work.

The configs are a tagged union; one that cannot work is an UnusableConfig, which no flow takes.
Secrets are no part of it: they are in the secret store, one document for each app (``secret_name``).
"""

from collections.abc import Mapping
from datetime import datetime

import attrs

from domain.auth_configs import AuthConfig, AuthType, UnusableConfig, UsableConfig
from domain.errors import InvalidRequest
from domain.ids import AppId, CallbackId, OrganisationId


@attrs.frozen(kw_only=True)
class App:
    """One provider registration.

    Attributes:
        callback_id: Names the landing page that is registered at the provider, unless the app is a relay.
        relay_callback_url: The team's own front end, registered at the provider in place of ours.
        return_urls: Where a browser may be sent when a flow is over; compared whole.
        allowed_origins: Whose pages may read what the API answers about it, and are told by the landing page what
            became of a flow that they opened it for; exact.
        public: Whether every organisation may connect to it. Its secrets stay with it.
        secrets_version: The secret store's version of its document that goes with these configs.
        deleted_at: Since when no flow begins with it. Its connections go on: they need its secrets.
        foreign: ``schemaId`` and the like, another product's members, kept as sent.

    """

    id: AppId
    organisation_id: OrganisationId
    callback_id: CallbackId
    name: str
    server_name: str
    server_url: str
    configs: tuple[AuthConfig, ...]
    image_url: str | None = None
    relay_callback_url: str | None = None
    return_urls: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    public: bool = False
    secrets_version: int = 1
    foreign: Mapping[str, object] = attrs.field(factory=dict)
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    def config_for(self, auth_type: str) -> UsableConfig:
        """The config that a connection of this type uses; ``oauth2`` also finds an app's only ``oidc`` one.

        Raises InvalidRequest where there is none, or where it cannot work.
        """
        wanted = auth_type.lower()
        found = next((config for config in self.configs if config.type.lower() == wanted), None)
        if found is None and wanted == AuthType.OAUTH2:
            oidc = [config for config in self.configs if config.type == AuthType.OIDC]
            found = oidc[0] if len(oidc) == 1 else None
        if found is None:
            raise InvalidRequest(f"The app has no auth config of that type; it has: {self._types()}.")
        if isinstance(found, UnusableConfig):
            raise InvalidRequest(f"The app's {found.type} config cannot work: {found.reason}")
        return found

    def _types(self) -> str:
        return ", ".join(config.type for config in self.configs) or "none"


def secret_name(auth_type: str, member: str = "client_secret") -> str:
    """Under which name an app's document holds a secret of a config: the client secret, unless another is named."""
    return f"{auth_type}.{member}"
