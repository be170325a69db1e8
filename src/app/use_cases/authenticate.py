"""Who sent a request."""

import attrs

from domain.access import Principal, Role
from domain.errors import Unauthorized
from domain.ports import ApiKeyStore
from domain.secret import Secret


@attrs.frozen(kw_only=True)
class Authenticate:
    """Find the principal of an API key, by its hash, at each request: a revoked key is refused at once.

    Attributes:
        bootstrap_admin_key: The settings' first platform administrator, until another exists.

    """

    api_keys: ApiKeyStore
    bootstrap_admin_key: Secret | None

    async def __call__(self, key: Secret) -> Principal:
        """The key's principal. Raises Unauthorized."""
        principal = await self.api_keys.find(key.fingerprint())
        if principal is not None:
            return principal
        if key == self.bootstrap_admin_key and not await self.api_keys.platform_admin_exists():
            return Principal(
                id="bootstrap",
                name="the bootstrap administrator",
                organisation_id=None,
                roles=frozenset({Role.PLATFORM_ADMIN}),
            )
        raise Unauthorized
