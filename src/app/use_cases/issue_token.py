"""Issue an access token that is fresh enough."""

from datetime import datetime

import attrs

from app.use_cases.refresh_grant import RefreshGrant
from domain.access import Permission, Principal
from domain.connections import Connection, ConnectionStatus
from domain.errors import NeedsReauthorization, ProviderUnavailable, StorageUnavailable
from domain.ids import ConnectionId, OrganisationId
from domain.ports import Clock, ConnectionStore
from domain.secret import Secret
from domain.tokens import TokenGrant


@attrs.frozen(kw_only=True)
class IssuedToken:
    """RFC 6749 §5.1's answer to a caller of ours.

    Attributes:
        seconds_left: Until ``expires_at``, now; None when the end is not known.

    """

    access_token: Secret
    token_type: str
    expires_at: datetime | None
    seconds_left: float | None
    scope: str


def issued(grant: TokenGrant, now: datetime) -> IssuedToken:
    """What a caller gets of a grant: never its refresh token."""
    return IssuedToken(
        access_token=grant.access_token,
        token_type=grant.token_type,
        expires_at=grant.expires_at,
        seconds_left=grant.seconds_left(now),
        scope=grant.scope,
    )


@attrs.frozen(kw_only=True)
class IssueToken:
    """Read the grant; refresh it first if it is due or rejected; where that fails for now, what is in hand will do."""

    clock: Clock
    connections: ConnectionStore
    refresh: RefreshGrant

    async def __call__(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        minimum_validity: float,
        rejected: str | None,
    ) -> IssuedToken:
        """A token valid for ``minimum_validity`` seconds, or for as long as the provider gives.

        ``rejected`` is the SHA-256 of a token that the provider refused: that one is not answered again.
        Raises NotFound, NeedsReauthorization, ProviderUnavailable, StorageUnavailable.
        """
        principal.require(Permission.ISSUE, organisation_id)
        connection = await self.connections.get(organisation_id, connection_id)
        principal.require_connection(connection.id, app_id=connection.app_id)
        if connection.status is not ConnectionStatus.ACTIVE:
            raise NeedsReauthorization
        stored = await self.refresh.read(connection)
        refused = stored.grant.access_token.fingerprint() == rejected
        if not refused and not stored.grant.is_due(self.clock.now(), minimum_validity=minimum_validity):
            return issued(stored.grant, self.clock.now())
        grant = await self._renewed(connection, stored.grant, refused=refused)
        if grant.access_token.fingerprint() == rejected:
            raise NeedsReauthorization(
                "The provider gives the token that was rejected again. Have the user connect again."
            )
        return issued(grant, self.clock.now())

    async def _renewed(self, connection: Connection, grant: TokenGrant, *, refused: bool) -> TokenGrant:
        left = grant.seconds_left(self.clock.now())
        usable = not refused and (left is None or left > 0)
        if grant.refresh_token is None and usable:
            return grant
        try:
            return await self.refresh(connection, seen=grant)
        except (ProviderUnavailable, StorageUnavailable):
            left = grant.seconds_left(self.clock.now())
            if refused or (left is not None and left <= 0):
                raise
            return grant
