"""Renew a grant: one refresh at a time for each connection, and no caller's going away stops it."""

import asyncio

import attrs

from app.use_cases.drain_sealed_grants import DrainSealedGrants
from app.use_cases.in_flight import InFlight
from app.use_cases.minting import Mint
from app.use_cases.obtain_grant import ObtainedGrant, ObtainGrant
from app.use_cases.read_grant import ReadGrant, StoredGrant, path_of
from app.use_cases.secure_grant import RivalGrant, SecureGrant
from domain.connections import Connection
from domain.errors import FlowFailed, NeedsReauthorization, ProviderError, ProviderUnavailable, StorageUnavailable
from domain.ids import ConnectionId
from domain.oauth.client import OAuthClient
from domain.ports import (
    ConnectionStore,
    EventLog,
    SecretStore,
    SecretStoreUnavailable,
)
from domain.tokens import TokenGrant

_CALLER_WAITS_SECONDS = 40  # 20 for the provider, 20 for the store, as a callback does
_ENDS_A_CODE_GRANT = frozenset({"invalid_grant"})
# Client and owner are the connection's own there: to ask again with the same would help nobody.
_ENDS_A_DIRECT_GRANT = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})


@attrs.frozen(kw_only=True)
class RefreshGrant:
    """Drain what waits sealed, read the newest, know that the store takes writes, ask for a new one, secure, record."""

    mint: Mint
    connections: ConnectionStore
    read: ReadGrant
    drain: DrainSealedGrants
    secrets: SecretStore
    obtain: ObtainGrant
    secure: SecureGrant
    in_flight: InFlight
    events: EventLog
    running: dict[ConnectionId, asyncio.Task[TokenGrant]] = attrs.field(factory=dict)

    async def __call__(self, connection: Connection, *, seen: TokenGrant | None) -> TokenGrant:
        """A grant newer than ``seen``, of this refresh or one that already runs.

        Raises NeedsReauthorization when the grant is over; ProviderUnavailable or StorageUnavailable when there is none
        for now. A refresh that got an answer goes on until that is stored, also when its callers wait no longer.
        """
        try:
            async with asyncio.timeout(_CALLER_WAITS_SECONDS):
                while True:
                    grant = await asyncio.shield(self._running(connection, seen))
                    if (
                        seen is None or grant.attempt != seen.attempt
                    ):  # else it is the end of the refresh that made what was seen
                        return grant
        except TimeoutError as error:
            raise SecretStoreUnavailable from error

    def _running(self, connection: Connection, seen: TokenGrant | None) -> asyncio.Task[TokenGrant]:
        task = self.running.get(connection.id)
        if task is None:
            task = self.running[connection.id] = self.in_flight.start(self._refresh(connection, seen))
            task.add_done_callback(lambda _: self.running.pop(connection.id))
        return task

    async def _refresh(self, connection: Connection, seen: TokenGrant | None) -> TokenGrant:
        await self.drain(path_of(connection))  # nothing is spent while a successor waits
        stored = await self.read(connection)
        if stored.grant is not None and not stored.is_of(seen):
            return stored.grant
        if isinstance(connection.made_with, OAuthClient) and stored.refresh_token is None:
            raise await self._not_renewable(connection, stored)
        await self.secrets.ready()
        try:
            answer = await self.obtain(connection, stored.document, stored.grant)
        except FlowFailed as error:
            return await self._failed(connection, stored, error)
        return await self._keep(connection, stored, answer)

    async def _keep(self, connection: Connection, stored: StoredGrant, answer: ObtainedGrant) -> TokenGrant:
        path, grant = path_of(connection), answer.grant
        try:
            secured = await self.secure(path, grant, version=stored.version, seconds=None, beside=answer.beside)
        except RivalGrant:
            self.events.note("rival_grant", connection_id=connection.id)
            return (await self.read(connection)).grant or grant
        try:
            await self.connections.record_refreshed(
                connection.organisation_id, connection.id, grant, secret_version=secured.version
            )
        except StorageUnavailable:  # what is recorded is a lower bound: the token is in the secret store, and good
            self.events.note("refresh_not_recorded", connection_id=connection.id)
        self.events.note("token_refreshed", connection_id=connection.id)
        return grant

    async def _failed(self, connection: Connection, stored: StoredGrant, error: FlowFailed) -> TokenGrant:
        self.events.note(
            "refresh_failed", connection_id=connection.id, code=error.code, provider_error=error.error or ""
        )
        code_grant = isinstance(connection.made_with, OAuthClient)
        ends = _ENDS_A_CODE_GRANT if code_grant else _ENDS_A_DIRECT_GRANT
        if not isinstance(error, ProviderError) or error.error not in ends:
            raise ProviderUnavailable(
                "The provider did not renew the token. Try again later.",
                error=error.error,
                description=error.description,
            ) from error
        # Somebody else may have refreshed meanwhile: only where nothing newer is stored is the grant over.
        newest = await self.read(connection)
        if newest.grant is not None and not newest.is_of(stored.grant):
            return newest.grant
        raise await self._over(connection, stored, reason=error.error)

    async def _not_renewable(self, connection: Connection, stored: StoredGrant) -> NeedsReauthorization:
        left = None if stored.grant is None else stored.grant.seconds_left(self.mint.clock.now())
        if left is None or left > 0:  # a caller says that it was rejected: that ends it for this caller alone
            return NeedsReauthorization()
        return await self._over(connection, stored, reason="token_expired")

    async def _over(self, connection: Connection, stored: StoredGrant, *, reason: str) -> NeedsReauthorization:
        self.events.note("grant_ended", connection_id=connection.id, reason=reason)
        await self.connections.record_grant_ended(
            connection.organisation_id, connection.id, reason=reason, secret_version=stored.version
        )
        return over(connection)


def over(connection: Connection) -> NeedsReauthorization:
    """What to tell of a connection that issues nothing any more."""
    if isinstance(connection.made_with, OAuthClient):
        return NeedsReauthorization(connection_id=connection.id)
    message = "The provider refuses what the connection was made of. Replace its data: PUT it."
    return NeedsReauthorization(message, connection_id=connection.id)
