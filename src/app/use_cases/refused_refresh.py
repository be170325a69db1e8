"""A refresh that brought no grant: whose fault it is, and what is left."""

from contextlib import suppress

import attrs

from app.use_cases.drain_sealed_grants import DrainSealedGrants
from app.use_cases.read_grant import ReadGrant, StoredGrant, path_of
from domain.connections import Connection
from domain.errors import FlowFailed, NeedsReauthorization, ProviderUnavailable, StorageUnavailable
from domain.oauth.client import OAuthClient
from domain.ports import AppIncidents, Entropy, EventLog, Lease, LeaseLost, RefreshLeases
from domain.refreshes import (
    INCIDENT_REST_SECONDS,
    LOST_TWICE_REST_SECONDS,
    Illness,
    Outcome,
    is_mass,
    outcome_of,
    rest_after,
    unsettled,
)
from domain.tokens import TokenGrant

_NOT_RENEWED = "The provider did not renew the token. Try again later."
_APP_IS_ILL = (
    "The provider refuses this app, not this connection alone: its client, or many of its grants at once. "
    "Check the app's client and secret; refreshes are tried one at a time until one succeeds."
)


@attrs.frozen(kw_only=True)
class NewerGrant:
    """What is stored in place of the grant that was refused."""

    grant: TokenGrant
    version: int


@attrs.frozen(kw_only=True)
class RefusedRefresh:
    """End the grant only where the provider says so, of it alone, and nothing newer is stored; else lay down a rest."""

    entropy: Entropy
    leases: RefreshLeases
    incidents: AppIncidents
    drain: DrainSealedGrants
    read: ReadGrant
    events: EventLog

    async def __call__(self, lease: Lease, stored: StoredGrant, error: FlowFailed, *, sent: int | None) -> NewerGrant:
        """A newer grant, where somebody else stored one meanwhile.

        Raises NeedsReauthorization, ProviderUnavailable, StorageUnavailable, LeaseLost.
        """
        connection, outcome = lease.connection, outcome_of(error)
        self.events.note(
            "refresh_failed", connection_id=connection.id, code=error.code, provider_error=error.error or ""
        )
        # Client and owner are a form's own: to ask again with the same would help nobody.
        is_over = outcome is Outcome.GRANT_OVER or (
            outcome is Outcome.CLIENT_REFUSED and not isinstance(connection.made_with, OAuthClient)
        )
        if is_over:
            return await self._newer(stored, lease) or await self._over(lease, stored, error, sent=sent)
        if outcome is Outcome.CLIENT_REFUSED:
            await self._incident(connection, Illness.CLIENT_REFUSED)
        raise await self._rest(lease, error, sent=sent)

    async def ended(self, lease: Lease, stored: StoredGrant, *, reason: str) -> NeedsReauthorization:
        """What to raise of a grant that is over, once that is recorded. Raises LeaseLost, StorageUnavailable."""
        if not await self.leases.end(lease, reason=reason, secret_version=stored.version):
            raise LeaseLost
        self.events.note("grant_ended", connection_id=lease.connection.id, reason=reason)
        return over(lease.connection)

    async def lost_twice(self, lease: Lease) -> ProviderUnavailable:
        """What to raise of a token whose holders died, and that may have been spent by each of them."""
        await self.leases.rest(lease, seconds=LOST_TWICE_REST_SECONDS, sent=None)
        self.events.note("refresh_lost_twice", connection_id=lease.connection.id)
        return ProviderUnavailable(_NOT_RENEWED, retry_after=LOST_TWICE_REST_SECONDS)

    async def let_one_try(self, connection: Connection) -> None:
        """Return for the one that tries whether its app is well again. Raises ProviderUnavailable for the others."""
        seconds = await self.incidents.probe(connection, seconds=INCIDENT_REST_SECONDS)
        if seconds is not None:
            raise ProviderUnavailable(_APP_IS_ILL, retry_after=seconds)

    async def well_again(self, connection: Connection) -> None:
        """A refresh succeeded; where that cannot be recorded, the next one does."""
        with suppress(StorageUnavailable):
            await self.incidents.close(connection)
            self.events.note("app_incident_over", app_id=connection.app_id)

    async def _newer(self, stored: StoredGrant, lease: Lease) -> NewerGrant | None:
        """Look again at what waits sealed, and at the store."""
        await self.drain(path_of(lease.connection))
        newest = await self.read(lease.connection)
        if newest.grant is None or newest.is_of(stored.grant):
            return None
        return NewerGrant(grant=newest.grant, version=newest.version)

    async def _over(self, lease: Lease, stored: StoredGrant, error: FlowFailed, *, sent: int | None) -> NewerGrant:
        connection = lease.connection
        if sent is None:
            raise await self.ended(lease, stored, reason=error.error or "invalid_grant")
        is_app = lease.illness is Illness.MASS_INVALID_GRANT or is_mass(await self.incidents.refused(connection))
        if is_app:
            await self._incident(connection, Illness.MASS_INVALID_GRANT)
            raise await self._rest(lease, error, sent=sent)
        if lease.illness is not None:  # the client at least was taken
            await self.well_again(connection)
        raise await self.ended(lease, stored, reason="rotation_lost" if sent > 1 else "invalid_grant")

    async def _incident(self, connection: Connection, illness: Illness) -> None:
        await self.incidents.open(connection, illness, seconds=INCIDENT_REST_SECONDS)
        self.events.note("app_incident", app_id=connection.app_id, reason=illness)

    async def _rest(self, lease: Lease, error: FlowFailed, *, sent: int | None) -> ProviderUnavailable:
        outcome, answered = outcome_of(error), error.status is not None
        seconds = rest_after(
            outcome,
            answered=answered,
            sent=sent or 0,
            failures=lease.failures + 1,
            fraction=self.entropy.randomness(1)[0] / 255,
            asked=error.retry_after,
        )
        left = None if sent is None else unsettled(outcome, answered=answered, sent=sent)
        with suppress(StorageUnavailable):
            await self.leases.rest(lease, seconds=seconds, sent=left)
        return ProviderUnavailable(_NOT_RENEWED, error=error.error, description=error.description, retry_after=seconds)


def over(connection: Connection) -> NeedsReauthorization:
    """What to tell of a connection that issues nothing any more."""
    if isinstance(connection.made_with, OAuthClient):
        return NeedsReauthorization(connection_id=connection.id)
    message = "The provider refuses what the connection was made of. Replace its data: PUT it."
    return NeedsReauthorization(message, connection_id=connection.id)
