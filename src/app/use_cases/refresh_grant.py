"""Renew a grant: one refresh at a time for each connection, on all replicas; no caller's going away stops it."""

import asyncio
from contextlib import suppress

import attrs

from app.use_cases.hinted_pause import HintedPause
from app.use_cases.in_flight import InFlight
from app.use_cases.read_grant import Seen
from app.use_cases.refresh_budget import RefreshBudget
from app.use_cases.renew_grant import RenewGrant
from domain.connections import Connection
from domain.errors import ProviderUnavailable, StorageUnavailable
from domain.ids import ConnectionId
from domain.ports import Entropy, Hint, HintKind, Lease, LeaseLost, RefreshLeases, SecretStoreUnavailable
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
            lease = await self._lease(connection)
            if lease is not None:
                with suppress(LeaseLost):  # whoever has it now is waited for
                    return await self._renewed(lease, seen)
            if loop.time() >= deadline:
                raise RefreshUnderWay
            jitter = 0.5 + self.entropy.randomness(1)[0] / 255
            await self.pause(Hint(HintKind.CONNECTION, connection.id), seconds=_POLL_SECONDS * jitter)

    async def _renewed(self, lease: Lease, seen: Seen) -> TokenGrant:
        try:
            async with self.budget.place(lease.connection, within_seconds=self.lease_seconds * 2 / 3):
                return await self.renew(lease, seen=seen, lease_seconds=self.lease_seconds)
        except Exception:  # whatever it is: nobody works on with this lease
            with suppress(StorageUnavailable):  # else it lapses
                await self.leases.release(lease)
            raise

    async def _lease(self, connection: Connection) -> Lease | None:
        """The lease; None while another replica has it. Raises ProviderUnavailable while the connection rests."""
        taken = await self.leases.take(connection.organisation_id, connection.id, seconds=self.lease_seconds)
        if isinstance(taken, Lease):
            return taken
        if taken.resting_seconds is not None:
            raise ProviderUnavailable(
                "The provider did not renew the token. Try again later.", retry_after=taken.resting_seconds
            )
        return None
