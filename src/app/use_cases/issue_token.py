"""Issue an access token that is fresh enough."""

from datetime import datetime

import attrs

from app.use_cases.fresh_grant import FreshGrant
from app.use_cases.refresh_grant import over
from domain.access import Permission, Principal
from domain.auth_configs import DirectGrantConfig
from domain.connections import ConnectionStatus
from domain.errors import InvalidRequest
from domain.ids import ConnectionId, OrganisationId
from domain.oauth.client import OAuthClient
from domain.ports import Clock, ConnectionStore, EventLog
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
    """Find the connection; its grant, fresh enough, is what to answer."""

    clock: Clock
    connections: ConnectionStore
    fresh: FreshGrant
    events: EventLog

    async def __call__(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        minimum_validity: float,
        rejected: str | None,
    ) -> IssuedToken:
        """A token as ``FreshGrant`` has it.

        Raises NotFound, NeedsReauthorization, ProviderUnavailable, StorageUnavailable; InvalidRequest for an auth type
        that has no tokens.
        """
        principal.require(Permission.ISSUE, organisation_id)
        connection = await self.connections.get(organisation_id, connection_id)
        principal.require_connection(connection.id, app_id=connection.app_id)
        if not isinstance(connection.made_with, OAuthClient | DirectGrantConfig):
            raise InvalidRequest("Connections of this auth type have no tokens. Ask for their headers: POST …/headers.")
        if connection.status is not ConnectionStatus.ACTIVE:
            raise over(connection)
        grant = await self.fresh(connection, minimum_validity=minimum_validity, rejected=rejected)
        self.events.note("token_issued", connection_id=connection.id)
        return issued(grant, self.clock.now())
