"""A public app's registration at its provider is used through that app alone."""

from collections.abc import Sequence

import attrs

from domain.auth_configs import AuthConfig, DirectGrantConfig, OAuth2Config, OidcConfig
from domain.endpoints import leaves_provider
from domain.errors import FieldError, InvalidRequest
from domain.ids import OrganisationId
from domain.ports import AppStore


@attrs.frozen
class RefuseSharedClients:
    """Look for public apps of other organisations with a client id of these configs."""

    apps: AppStore

    async def __call__(self, organisation_id: OrganisationId, configs: Sequence[AuthConfig]) -> None:
        """Raises InvalidRequest for such a client id with endpoints that are not all that app's provider's."""
        for config in configs:
            if not isinstance(config, OAuth2Config | OidcConfig | DirectGrantConfig) or not config.client_id:
                continue
            shared = await self.apps.public_configs_of_client(config.client_id, but=organisation_id)
            if any(leaves_provider(public, config) for public in shared):
                raise InvalidRequest(
                    "That client is a public app's. Connect to that app, or register a client of your own.",
                    fields=(FieldError("authConfigs.data.clientId", "is a public app's, with other endpoints"),),
                )
