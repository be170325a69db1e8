"""What the holder of a connection's lease does: nothing is spent before all is ready, or lost once obtained."""

from contextlib import suppress

import attrs

from app.use_cases.current_grants import CurrentGrants
from app.use_cases.drain_sealed_grants import DrainSealedGrants
from app.use_cases.obtain_grant import ObtainedGrant, ObtainGrant
from app.use_cases.read_grant import ReadGrant, Seen, StoredGrant, path_of
from app.use_cases.refused_refresh import RefusedRefresh, over
from app.use_cases.revoke_late_grant import RevokeLateGrant
from app.use_cases.secure_grant import RivalGrant, SecureGrant
from domain.connections import Connection, ConnectionStatus
from domain.errors import FlowFailed, NeedsReauthorization, StorageUnavailable
from domain.oauth.client import OAuthClient
from domain.ports import Clock, EventLog, Lease, RefreshLeases, SecretStore
from domain.refreshes import Outcome, Presented, Sending, may_repeat, outcome_of, sending
from domain.tokens import TokenGrant


@attrs.define(kw_only=True)
class _Spending:
    """One request for a grant. ``sent`` is how often its token was by then; None while it was not journalled."""

    leases: RefreshLeases
    lease: Lease
    presented: Presented | None
    lease_seconds: float
    sent: int | None = None

    async def journal(self) -> None:
        """The last thing before the token leaves. Raises LeaseLost."""
        if self.presented is not None:
            self.sent = await self.leases.journal(self.lease, self.presented, seconds=self.lease_seconds)


@attrs.frozen(kw_only=True)
class RenewGrant:
    """Drain what waits sealed, read, know that Vault takes writes, journal, spend, secure, record and release.

    A lost answer is repeated once, at once, by the same steps.
    """

    clock: Clock
    leases: RefreshLeases
    drain: DrainSealedGrants
    read: ReadGrant
    secrets: SecretStore
    obtain: ObtainGrant
    secure: SecureGrant
    refused: RefusedRefresh
    current: CurrentGrants
    revoke_late: RevokeLateGrant
    events: EventLog

    async def __call__(self, lease: Lease, *, seen: Seen, lease_seconds: float) -> TokenGrant:
        """A grant newer than ``seen``. Raises NeedsReauthorization, ProviderUnavailable, StorageUnavailable, LeaseLost.

        Whatever it raises, the lease is the caller's to release.
        """
        if lease.connection.status is not ConnectionStatus.ACTIVE:
            raise over(lease.connection)
        repeats = False
        while True:
            stored = await self._read(lease.connection)
            if stored.grant is not None and not stored.is_of(seen):
                return await self._adopted(lease, stored.grant, version=stored.version)
            presented = _presented(stored)
            now = Sending.AGAIN if repeats else await self._sending(lease, stored, presented)
            await self.secrets.ready()
            spending = _Spending(leases=self.leases, lease=lease, presented=presented, lease_seconds=lease_seconds)
            try:
                answer = await self.obtain(
                    lease.connection, stored.document, stored.grant, before_spending=spending.journal
                )
            except FlowFailed as error:
                repeats = spending.sent is not None and outcome_of(error) is Outcome.LOST and may_repeat(now)
                if not repeats:
                    newer = await self.refused(lease, stored, error, sent=spending.sent)
                    return await self._adopted(lease, newer.grant, version=newer.version)
                self.events.note("refresh_answer_lost", connection_id=lease.connection.id)
                continue
            return await self._kept(lease, stored, answer)

    async def _read(self, connection: Connection) -> StoredGrant:
        await self.drain(path_of(connection))  # nothing is spent while a successor waits
        return await self.read(connection)

    async def _sending(self, lease: Lease, stored: StoredGrant, presented: Presented | None) -> Sending:
        """In which way the token may be sent now. Raises NeedsReauthorization, ProviderUnavailable."""
        if isinstance(lease.connection.made_with, OAuthClient) and presented is None:
            raise await self._not_renewable(lease, stored)
        if lease.illness is not None:
            await self.refused.let_one_try(lease.connection)
        now = Sending.FIRST if presented is None else sending(lease.journal, presented)
        if now is Sending.NOT_NOW:
            raise await self.refused.lost_twice(lease)
        return now

    async def _kept(self, lease: Lease, stored: StoredGrant, answer: ObtainedGrant) -> TokenGrant:
        connection, grant = lease.connection, answer.grant
        with self.current.reading(connection.id) as reading:
            try:
                secured = await self.secure(
                    path_of(connection), grant, version=stored.version, seconds=None, beside=answer.beside
                )
            except RivalGrant:  # set aside by then; the one that is there counts
                self.events.note("rival_grant", connection_id=connection.id)
                rival = await self._rival(connection, grant)
                return await self._adopted(lease, rival.grant or grant, version=rival.version)
            # Only what was recorded: by then the connection was there, and active.
            if await self._recorded(lease, grant, version=secured.version):
                self.current.renewed(reading, connection, grant, secret_version=secured.version)
        self.events.note("token_refreshed", connection_id=connection.id)
        if lease.illness is not None:
            await self.refused.well_again(connection)
        return grant

    async def _rival(self, connection: Connection, grant: TokenGrant) -> StoredGrant:
        """What is in the place of this one. Raises NeedsReauthorization, StorageUnavailable."""
        try:
            return await self.read(connection)
        except NeedsReauthorization:  # nothing is: perhaps the connection was ended while we were stopped
            await self.revoke_late(connection, grant)
            raise

    async def _adopted(self, lease: Lease, grant: TokenGrant, *, version: int) -> TokenGrant:
        """What somebody else stored, recorded where that was not done."""
        if version > lease.connection.secret_version:
            await self._recorded(lease, grant, version=version)
        else:
            with suppress(StorageUnavailable):  # else it lapses
                await self.leases.release(lease)
        return grant

    async def _recorded(self, lease: Lease, grant: TokenGrant, *, version: int) -> bool:
        try:
            mine = await self.leases.record(lease, grant, secret_version=version)
        except StorageUnavailable:  # what is recorded is a lower bound: the token is durable, and good
            self.events.note("refresh_not_recorded", connection_id=lease.connection.id)
            return False
        if not mine:  # its holder was stopped for longer than the lease: by its version it counts all the same
            self.events.note("refresh_fenced_out", connection_id=lease.connection.id)
        return mine

    async def _not_renewable(self, lease: Lease, stored: StoredGrant) -> NeedsReauthorization:
        left = None if stored.grant is None else stored.grant.seconds_left(self.clock.now())
        if left is None or left > 0:  # a caller says that it was rejected: that ends it for this caller alone
            return NeedsReauthorization()
        return await self.refused.ended(lease, stored, reason="token_expired")


def _presented(stored: StoredGrant) -> Presented | None:
    token = stored.refresh_token
    if token is None:
        return None
    return Presented(token_fingerprint=token.fingerprint(), secret_version=stored.version)
