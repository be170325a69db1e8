"""Issue an access token that is fresh enough."""

from functools import partial

import attrs

from app.use_cases.current_grants import CurrentGrant, CurrentGrants
from app.use_cases.fresh_grant import FreshGrant
from app.use_cases.issue_remembered import IssuedToken, IssueRemembered, issued
from app.use_cases.refused_refresh import over
from app.use_cases.shared_looks import SharedLooks
from app.use_cases.store_outage import StoreOutage
from domain.access import Permission, Principal
from domain.auth_configs import DirectGrantConfig
from domain.connections import Connection, ConnectionStatus
from domain.errors import InvalidRequest, StorageUnavailable
from domain.ids import ConnectionId, OrganisationId
from domain.oauth.client import OAuthClient
from domain.ports import Clock, ConnectionStore, EventLog
from domain.tokens import AccessToken


@attrs.frozen(kw_only=True)
class IssueToken:
    """Answer from memory; else find the connection, and its grant, fresh enough, is what to answer."""

    clock: Clock
    connections: ConnectionStore
    looks: SharedLooks[tuple[OrganisationId, ConnectionId], Connection]
    fresh: FreshGrant
    remembered: IssueRemembered
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

    async def _looked_up(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        connection_id: ConnectionId,
        *,
        minimum_validity: float,
        rejected: str | None,
    ) -> AccessToken:
        with self.current.reading(connection_id) as reading:
            connection = await self._found(organisation_id, connection_id, rejected=rejected)
            if isinstance(connection, CurrentGrant):
                principal.require_connection(connection_id, app_id=connection.app_id)
                return connection
            principal.require_connection(connection.id, app_id=connection.app_id)
            _require_tokens(connection)
            grant = await self._fresh(connection, minimum_validity=minimum_validity, rejected=rejected)
            self.current.keep(reading, connection, grant)
        return grant

    async def _found(
        self, organisation_id: OrganisationId, connection_id: ConnectionId, *, rejected: str | None
    ) -> Connection | CurrentGrant:
        """The connection; where Postgres does not answer what is trusted of it. Raises NotFound, StorageUnavailable."""
        while True:
            did_without = self.current.trusted(connection_id, rejected=rejected) is not None
            try:
                return await self.looks(
                    (organisation_id, connection_id), partial(self._connection, organisation_id, connection_id)
                )
            except StorageUnavailable:
                trusted = self.current.trusted(connection_id, rejected=rejected)
                if trusted is not None and trusted.organisation_id == organisation_id:
                    return trusted
                if trusted is not None or not did_without:
                    raise
            # Heard again meanwhile, Postgres leaves nothing trusted, and is there to be waited for.

    async def _connection(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        look_up = partial(self.connections.get, organisation_id, connection_id)
        can_wait = self.current.trusted(connection_id, rejected=None) is None
        return await (look_up() if can_wait else self.outage.ask(look_up))

    async def _fresh(self, connection: Connection, *, minimum_validity: float, rejected: str | None) -> AccessToken:
        known = self.current.confirmed(connection, rejected=rejected)
        may_do = known is not None and not known.is_due(self.clock.now(), minimum_validity=minimum_validity)
        if known is not None and may_do and rejected is None:
            return known
        try:
            grant = await self.fresh(connection, minimum_validity=minimum_validity, rejected=rejected)
        except StorageUnavailable:
            if known is None or known.is_due(self.clock.now(), minimum_validity=0):
                raise
            return known
        return grant.access()


def _require_tokens(connection: Connection) -> None:
    """Raise InvalidRequest for an auth type that has none, NeedsReauthorization for one that issues nothing now."""
    if not isinstance(connection.made_with, OAuthClient | DirectGrantConfig):
        raise InvalidRequest("Connections of this auth type have no tokens. Ask for their headers: POST …/headers.")
    if connection.status is not ConnectionStatus.ACTIVE:
        raise over(connection)
