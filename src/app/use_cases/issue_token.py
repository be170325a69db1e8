"""Issue an access token that is fresh enough."""

from datetime import datetime
from functools import partial

import attrs

from app.use_cases.current_grants import CurrentGrants
from app.use_cases.fresh_grant import FreshGrant
from app.use_cases.refresh_grant import over
from app.use_cases.store_outage import StoreOutage
from domain.access import Permission, Principal
from domain.auth_configs import DirectGrantConfig
from domain.connections import Connection, ConnectionStatus
from domain.errors import InvalidRequest, StorageUnavailable
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
    """Answer from memory; else find the connection, and its grant, fresh enough, is what to answer."""

    clock: Clock
    connections: ConnectionStore
    fresh: FreshGrant
    current: CurrentGrants
    outage: StoreOutage
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
        token = None
        if rejected is None:
            token = self.remembered(principal, organisation_id, connection_id, minimum_validity=minimum_validity)
        if token is None:
            grant = await self._looked_up(
                principal, organisation_id, connection_id, minimum_validity=minimum_validity, rejected=rejected
            )
            token = issued(grant, self.clock.now())
        self.events.note("token_issued", connection_id=connection_id)
        return token

    def remembered(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        minimum_validity: float,
    ) -> IssuedToken | None:
        """A token without asking anybody; None where that will not do. Raises Forbidden, NotFound."""
        principal.require(Permission.ISSUE, organisation_id)
        current = self.current.get(connection_id, minimum_validity=minimum_validity)
        if current is None or current.organisation_id != organisation_id:
            return None
        principal.require_connection(connection_id, app_id=current.app_id)
        return issued(current.grant, self.clock.now())

    async def _looked_up(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        minimum_validity: float,
        rejected: str | None,
    ) -> TokenGrant:
        with self.current.reading(connection_id) as reading:
            try:
                connection = await self._connection(organisation_id, connection_id)
            except StorageUnavailable:
                trusted = self.current.trusted(connection_id, rejected=rejected)
                if trusted is None or trusted.organisation_id != organisation_id:
                    raise
                principal.require_connection(connection_id, app_id=trusted.app_id)
                return trusted.grant
            principal.require_connection(connection.id, app_id=connection.app_id)
            _require_tokens(connection)
            grant = await self._fresh(connection, minimum_validity=minimum_validity, rejected=rejected)
            self.current.keep(reading, connection, grant)
        return grant

    async def _connection(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        look_up = partial(self.connections.get, organisation_id, connection_id)
        can_wait = self.current.trusted(connection_id, rejected=None) is None
        return await (look_up() if can_wait else self.outage.ask(look_up))

    async def _fresh(self, connection: Connection, *, minimum_validity: float, rejected: str | None) -> TokenGrant:
        known = self.current.confirmed(connection, rejected=rejected)
        may_do = known is not None and not known.is_due(self.clock.now(), minimum_validity=minimum_validity)
        if known is not None and may_do and rejected is None:
            return known
        try:
            return await self.fresh(connection, minimum_validity=minimum_validity, rejected=rejected)
        except StorageUnavailable:
            if known is None or known.is_due(self.clock.now(), minimum_validity=0):
                raise
            return known


def _require_tokens(connection: Connection) -> None:
    """Raise InvalidRequest for an auth type that has none, NeedsReauthorization for one that issues nothing now."""
    if not isinstance(connection.made_with, OAuthClient | DirectGrantConfig):
        raise InvalidRequest("Connections of this auth type have no tokens. Ask for their headers: POST …/headers.")
    if connection.status is not ConnectionStatus.ACTIVE:
        raise over(connection)
