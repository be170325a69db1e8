"""Renew a grant: one refresh at a time for each connection, on all replicas; no caller's going away stops it."""

import asyncio
from contextlib import suppress

import attrs

from app.use_cases.current_grants import CurrentGrants
from app.use_cases.hinted_pause import HintedPause
from app.use_cases.in_flight import InFlight
from app.use_cases.read_grant import ReadGrant, Seen
from app.use_cases.refresh_budget import RefreshBudget
from app.use_cases.renew_grant import RenewGrant
from domain.connections import Connection
from domain.errors import ProviderUnavailable, StorageUnavailable
from domain.ids import ConnectionId
from domain.ports import Entropy, Hint, HintKind, Lease, LeaseLost, NotNow, RefreshLeases, SecretStoreUnavailable
from domain.tokens import TokenGrant

LEASE_SECONDS = 30.0
"""Longer than a holder needs before a token is sent, and than one request, its journal and its sealing from there on:
20 s for the request, 8 s for a store. What a holder has then is secured, or it is dead or stopped."""
CALLER_WAITS_SECONDS = 40.0
"""20 for the provider, 20 for the store, as a callback does; longer than a lease whose holder died."""
_POLL_SECONDS = 0.1


class RefreshUnderWay(StorageUnavailable):
    """Another replica is renewing this token. Send the same request again in some seconds."""


@attrs.frozen(kw_only=True)
class RefreshGrant:
    """Take the connection's lease, find a place in the budget, renew; or wait for what its holder stores."""

    entropy: Entropy
    leases: RefreshLeases
    budget: RefreshBudget
    renew: RenewGrant
    read: ReadGrant
    current: CurrentGrants
    pause: HintedPause
    in_flight: InFlight
    caller_waits_seconds: float = CALLER_WAITS_SECONDS
    lease_seconds: float = LEASE_SECONDS
    running: dict[ConnectionId, asyncio.Task[TokenGrant]] = attrs.field(factory=dict)

    async def __call__(self, connection: Connection, *, seen: Seen) -> TokenGrant:
        """A grant newer than ``seen``, of this refresh or one that already runs.

        Raises NeedsReauthorization when the grant is over; ProviderUnavailable or StorageUnavailable when there is none
        for now. A refresh that got an answer goes on until that is stored, also when its callers wait no longer.
        """
        try:
            async with asyncio.timeout(self.caller_waits_seconds):
                while True:
                    grant = await asyncio.shield(self._running(connection, seen))
                    # Else it is the end of the refresh that made what was seen.
                    if not isinstance(seen, TokenGrant) or grant.attempt != seen.attempt:
                        return grant
        except TimeoutError as error:
            raise SecretStoreUnavailable from error

    def _running(self, connection: Connection, seen: Seen) -> asyncio.Task[TokenGrant]:
        task = self.running.get(connection.id)
        if task is None:
            task = self.running[connection.id] = self.in_flight.start(self._refresh(connection, seen))
            task.add_done_callback(lambda _: self.running.pop(connection.id))
        return task

    async def _refresh(self, connection: Connection, seen: Seen) -> TokenGrant:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.caller_waits_seconds
        while True:
            grant = await self._renewed_or_stored(connection, seen)
            if grant is not None:
                return grant
            if loop.time() >= deadline:
                raise RefreshUnderWay
            jitter = 0.5 + self.entropy.randomness(1)[0] / 255
            await self.pause(Hint(HintKind.CONNECTION, connection.id), seconds=_POLL_SECONDS * jitter)

    async def _renewed_or_stored(self, connection: Connection, seen: Seen) -> TokenGrant | None:
        """A grant newer than ``seen``, ours or what another has recorded; None while another is at it."""
        with self.current.reading(connection.id) as reading:
            taken = await self._take(connection)
            is_changed = _is_changed(connection, taken.connection)
            grant = None
            if isinstance(taken, Lease):
                grant = await self._renewed(taken, seen)
            elif is_changed:
                grant = await self._stored(taken.connection, seen)
            if grant is not None and is_changed:
                self.current.adopted(reading, taken.connection, grant)
        return grant

    async def _stored(self, connection: Connection, seen: Seen) -> TokenGrant | None:
        stored = await self.read(connection)
        return None if stored.is_of(seen) else stored.grant

    async def _renewed(self, lease: Lease, seen: Seen) -> TokenGrant | None:
        """None where somebody else has the lease by now, who is waited for."""
        try:
            async with self.budget.place(lease.connection, within_seconds=self.lease_seconds * 2 / 3):
                return await self.renew(lease, seen=seen, lease_seconds=self.lease_seconds)
        except LeaseLost:
            return None
        except Exception:  # whatever it is: nobody works on with this lease
            with suppress(StorageUnavailable):  # else it lapses
                await self.leases.release(lease)
            raise

    async def _take(self, connection: Connection) -> Lease | NotNow:
        """The lease, or what is recorded while another has it. Raises ProviderUnavailable while it rests."""
        taken = await self.leases.take(connection.organisation_id, connection.id, seconds=self.lease_seconds)
        if isinstance(taken, NotNow) and taken.resting_seconds is not None:
            raise ProviderUnavailable(
                "The provider did not renew the token. Try again later.", retry_after=taken.resting_seconds
            )
        return taken


def _is_changed(before: Connection, now: Connection) -> bool:
    """Whether another grant is recorded than before."""
    return (before.credential_id, before.secret_version) != (now.credential_id, now.secret_version)
