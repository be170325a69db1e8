"""Make an API key."""

from collections.abc import Set as AbstractSet
from datetime import datetime

import attrs

from app.use_cases.minting import Mint
from domain.access import ApiKey, Permission, Principal, Role
from domain.errors import FieldError, Forbidden, InvalidRequest
from domain.ids import ApiKeyId, OrganisationId
from domain.narrowing import Narrowing
from domain.ports import ApiKeyStore
from domain.secret import Secret

_PREFIX = "sb_"
_PREFIX_CHARACTERS = 11  # enough to tell keys apart in a list, and 48 of 256 bits


@attrs.frozen(kw_only=True)
class CreateApiKey:
    """Make a key of an organisation; the key itself is in the answer alone."""

    mint: Mint
    api_keys: ApiKeyStore

    async def __call__(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        *,
        name: str,
        roles: AbstractSet[Role],
        expires_at: datetime | None,
        only: Narrowing,
    ) -> tuple[ApiKey, Secret]:
        """The key's record and the key. Raises InvalidRequest for a role that stands in no organisation.

        Raises Forbidden for a key that would reach further than the principal.
        """
        principal.require(Permission.MANAGE_KEYS, organisation_id)
        if not principal.only.includes(only):
            raise Forbidden
        now = self.mint.clock.now()
        if not roles or Role.PLATFORM_ADMIN in roles:
            raise InvalidRequest(fields=(FieldError("roles", "names one or more of an organisation's roles"),))
        if expires_at is not None and expires_at <= now:
            raise InvalidRequest(fields=(FieldError("expiresAt", "is in the past"),))
        key = self.mint.secret(prefix=_PREFIX)
        record = ApiKey(
            id=self.mint.ulid(ApiKeyId),
            organisation_id=organisation_id,
            name=name,
            roles=frozenset(roles),
            prefix=key.reveal()[:_PREFIX_CHARACTERS],
            fingerprint=key.fingerprint(),
            created_at=now,
            expires_at=expires_at,
            only=only,
        )
        await self.api_keys.add(record)
        return record, key
