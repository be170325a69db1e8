"""Renew a grant: one refresh at a time for each connection, and no caller's going away stops it."""

import asyncio

import attrs

from app.use_cases.client_secret import ReadClientSecret
from app.use_cases.in_flight import InFlight
from app.use_cases.minting import Mint
from app.use_cases.request_token import RequestToken
from app.use_cases.secure_grant import RivalGrant, SecureGrant
from domain.connections import Connection
from domain.errors import FlowFailed, NeedsReauthorization, ProviderError, ProviderUnavailable, StorageUnavailable
from domain.ids import AttemptId, ConnectionId
from domain.oauth.refresh_token import refresh_request
from domain.ports import (
    ConnectionStore,
    EventLog,
    SecretKind,
    SecretMissing,
    SecretPath,
    SecretStore,
    SecretStoreUnavailable,
)
from domain.secret import Secret
from domain.tokens import TokenGrant

_CALLER_WAITS_SECONDS = 40  # 20 for the provider, 20 for the store, as a callback does


@attrs.frozen
class StoredGrant:
    grant: TokenGrant
    version: int


@attrs.frozen(kw_only=True)
class RefreshGrant:
    """Read the newest, know that the store takes writes, spend the refresh token, secure what comes, record it."""

    mint: Mint
    connections: ConnectionStore
    secrets: SecretStore
    client_secret: ReadClientSecret
    request_token: RequestToken
    secure: SecureGrant
    in_flight: InFlight
    events: EventLog
    running: dict[ConnectionId, asyncio.Task[TokenGrant]] = attrs.field(factory=dict)

    async def __call__(self, connection: Connection, *, seen: TokenGrant) -> TokenGrant:
        """A grant newer than ``seen``, of this refresh or one that already runs.

        Raises NeedsReauthorization when the grant is over; ProviderUnavailable or StorageUnavailable when there is none
        for now. A refresh that got an answer goes on until that is stored, also when its callers wait no longer.
        """
        try:
            async with asyncio.timeout(_CALLER_WAITS_SECONDS):
                while True:
                    grant = await asyncio.shield(self._running(connection, seen))
                    if grant.attempt != seen.attempt:  # else it is the end of the refresh that made what was seen
                        return grant
        except TimeoutError as error:
            raise SecretStoreUnavailable from error

    async def read(self, connection: Connection) -> StoredGrant:
        """The grant as it is stored, at least as new as recorded. Raises NeedsReauthorization where there is none."""
        try:
            stored = await self.secrets.read(_path(connection), at_least=connection.secret_version)
        except SecretMissing as error:
            raise NeedsReauthorization(
                "The grant is gone from the secret store. Have the user connect again."
            ) from error
        grant = TokenGrant.from_document(stored.document)
        if not isinstance(grant, TokenGrant):
            raise NeedsReauthorization("The stored grant is unusable. Have the user connect again.")
        return StoredGrant(grant, stored.version)

    def _running(self, connection: Connection, seen: TokenGrant) -> asyncio.Task[TokenGrant]:
        task = self.running.get(connection.id)
        if task is None:
            task = self.running[connection.id] = self.in_flight.start(self._refresh(connection, seen))
            task.add_done_callback(lambda _: self.running.pop(connection.id))
        return task

    async def _refresh(self, connection: Connection, seen: TokenGrant) -> TokenGrant:
        stored = await self.read(connection)
        if stored.grant.attempt != seen.attempt:
            return stored.grant
        if stored.grant.refresh_token is None:
            raise await self._not_renewable(connection, stored)
        secret = await self.client_secret(connection.app_organisation_id, connection.app_id, connection.auth_type)
        await self.secrets.ready()
        try:
            answer = await self._spend(connection, secret, stored.grant, stored.grant.refresh_token)
        except FlowFailed as error:
            return await self._failed(connection, stored, error)
        return await self._keep(connection, stored, stored.grant.renewed_by(answer))

    async def _spend(
        self, connection: Connection, secret: Secret | None, grant: TokenGrant, refresh_token: Secret
    ) -> TokenGrant:
        answer, _ = await self.request_token(
            connection.client,
            secret,
            lambda client: refresh_request(client, secret, refresh_token),
            requested_scope=grant.scope,
            attempt=self.mint.ulid(AttemptId),
        )
        return answer

    async def _keep(self, connection: Connection, stored: StoredGrant, grant: TokenGrant) -> TokenGrant:
        try:
            version = await self.secure(_path(connection), grant, version=stored.version, seconds=None)
        except RivalGrant:
            self.events.note("rival_grant", connection_id=connection.id)
            return (await self.read(connection)).grant
        try:
            await self.connections.record_refreshed(connection.id, grant, secret_version=version)
        except StorageUnavailable:  # what is recorded is a lower bound: the token is in the secret store, and good
            self.events.note("refresh_not_recorded", connection_id=connection.id)
        self.events.note("token_refreshed", connection_id=connection.id)
        return grant

    async def _failed(self, connection: Connection, stored: StoredGrant, error: FlowFailed) -> TokenGrant:
        self.events.note(
            "refresh_failed", connection_id=connection.id, code=error.code, provider_error=error.error or ""
        )
        if not isinstance(error, ProviderError) or error.error != "invalid_grant":
            raise ProviderUnavailable(
                "The provider did not renew the token. Try again later.",
                error=error.error,
                description=error.description,
            ) from error
        # Somebody else may have refreshed meanwhile: only where nothing newer is stored is the grant over.
        newest = await self.read(connection)
        if newest.grant.attempt != stored.grant.attempt:
            return newest.grant
        raise await self._over(connection, stored, reason="invalid_grant")

    async def _not_renewable(self, connection: Connection, stored: StoredGrant) -> NeedsReauthorization:
        left = stored.grant.seconds_left(self.mint.clock.now())
        if left is None or left > 0:  # a caller says that it was rejected: that ends it for this caller alone
            return NeedsReauthorization()
        return await self._over(connection, stored, reason="token_expired")

    async def _over(self, connection: Connection, stored: StoredGrant, *, reason: str) -> NeedsReauthorization:
        self.events.note("grant_ended", connection_id=connection.id, reason=reason)
        await self.connections.record_grant_ended(connection.id, reason=reason, secret_version=stored.version)
        return NeedsReauthorization()


def _path(connection: Connection) -> SecretPath:
    return SecretPath(connection.organisation_id, SecretKind.CREDENTIAL, connection.credential_id)
