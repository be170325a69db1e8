"""A connection's grant, fresh enough: refreshed first if need be."""

from functools import partial
from typing import TypeAlias

import attrs

from app.use_cases.read_grant import ReadGrant, StoredGrant
from app.use_cases.refresh_grant import LEASE_SECONDS, RefreshGrant
from app.use_cases.shared_looks import SharedLooks
from domain.connections import Connection
from domain.errors import NeedsReauthorization, ProviderUnavailable, StorageUnavailable
from domain.ids import CredentialId
from domain.oauth.client import OAuthClient
from domain.ports import Clock, Lease, RefreshLeases
from domain.tokens import BEARER, TokenGrant

AsStored: TypeAlias = tuple[CredentialId, int]
"""Where a connection's grant is, and in which version at least."""


@attrs.frozen(kw_only=True)
class FreshGrant:
    """Read the grant; refresh it first if it is due or rejected; where that fails for now, what is in hand will do."""

    clock: Clock
    leases: RefreshLeases
    read: ReadGrant
    looks: SharedLooks[AsStored, StoredGrant]
    refresh: RefreshGrant

    async def __call__(
        self, connection: Connection, *, minimum_validity: float, rejected: str | None = None
    ) -> TokenGrant:
        """A grant valid for ``minimum_validity`` seconds, or for as long as the provider gives.

        ``rejected`` is the SHA-256 of a token that the provider refused: that one is not answered again.
        Raises NeedsReauthorization, also where the provider said that it is another account's than before (OpenID
        Connect Core §12.2): that one is kept, and nobody gets it; ProviderUnavailable, StorageUnavailable.
        """
        try:
            grant = await self._fresh(connection, minimum_validity=minimum_validity, rejected=rejected)
            if grant.account.refused is not None:
                raise await self._flagged(connection, reason=grant.account.refused)
        except NeedsReauthorization as error:
            raise error.of(connection.id) from error
        return grant

    async def _flagged(self, connection: Connection, *, reason: str) -> NeedsReauthorization:
        stored = await self.read(connection)
        lease = await self.leases.take(
            connection.organisation_id, connection.id, seconds=LEASE_SECONDS, through_rest=True
        )
        if isinstance(lease, Lease):  # else whoever has it comes here, too
            await self.leases.end(lease, reason=reason, secret_version=stored.version)
        return NeedsReauthorization()

    async def _fresh(self, connection: Connection, *, minimum_validity: float, rejected: str | None) -> TokenGrant:
        wanted = connection.credential_id, connection.secret_version
        stored = await self.looks(wanted, partial(self.read, connection))
        if stored.grant is None:
            return await self.refresh(connection, seen=None)
        if stored.grant.account.refused is not None:
            return stored.grant
        refused = stored.grant.access_token.fingerprint() == rejected
        if not refused and not stored.grant.is_due(self.clock.now(), minimum_validity=minimum_validity):
            return stored.grant
        grant = await self._renewed(connection, stored.grant, refused=refused)
        if isinstance(connection.made_with, OAuthClient) and grant.token_type != BEARER:
            raise ProviderUnavailable("The provider renewed the token as another type than Bearer. Try again later.")
        if grant.access_token.fingerprint() == rejected:
            raise NeedsReauthorization(
                "The provider gives the token that was rejected again. Have the user connect again."
            )
        return grant

    async def _renewed(self, connection: Connection, grant: TokenGrant, *, refused: bool) -> TokenGrant:
        left = grant.seconds_left(self.clock.now())
        usable = not refused and (left is None or left > 0)
        if isinstance(connection.made_with, OAuthClient) and grant.refresh_token is None and usable:
            return grant
        try:
            return await self.refresh(connection, seen=grant)
        except (ProviderUnavailable, StorageUnavailable):
            left = grant.seconds_left(self.clock.now())
            if refused or (left is not None and left <= 0):
                raise
            return grant
