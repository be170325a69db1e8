"""Revoke a connection's grant at its provider, where that can hurt no other connection."""

import asyncio

import attrs

from app.use_cases.all_secrets import SealedForGood
from app.use_cases.client_secret import ReadClientSecret
from app.use_cases.drain_sealed_grants import DrainSealedGrants
from app.use_cases.read_grant import ReadGrant, path_of
from app.use_cases.request_token import EXCHANGE_SECONDS
from domain.connections import Connection
from domain.errors import NeedsReauthorization, ProviderProtocolError, ProviderUnavailable
from domain.oauth.client import OAuthClient
from domain.oauth.client_authentication import other_style
from domain.oauth.http import ProviderRequest, ProviderResponse
from domain.oauth.revocation import Revocation, is_invalid_client, is_revoked, revocation_request
from domain.ports import ConnectionRecords, NothingSent, TokenExchanger
from domain.secret import Secret
from domain.tokens import TokenGrant


@attrs.frozen(kw_only=True)
class RevokeAtProvider:
    """Read the newest, see that no other connection hangs on it, send the request. Twice is as once."""

    records: ConnectionRecords
    drain: DrainSealedGrants
    read: ReadGrant
    client_secret: ReadClientSecret
    exchanger: TokenExchanger

    async def __call__(self, connection: Connection) -> Revocation:
        """What became of the grant. Raises ProviderUnavailable, StorageUnavailable: it is to be tried again."""
        if _client(connection) is None:
            return Revocation.NOT_OFFERED
        try:
            await self.drain(path_of(connection))  # the token that a sealed one follows is spent: its end ends nothing
            stored = await self.read(connection)
        except (NeedsReauthorization, SealedForGood):
            return Revocation.NOTHING_STORED
        if stored.grant is None:
            return Revocation.NOTHING_STORED
        return await self.of(connection, stored.grant)

    async def of(self, connection: Connection, grant: TokenGrant) -> Revocation:
        """What became of this grant of the connection, wherever it is. Raises as a call does."""
        client = _client(connection)
        if client is None:
            return Revocation.NOT_OFFERED
        if await self.records.is_shared(connection):
            return Revocation.SHARED
        secret = await self.client_secret(connection.app_organisation_id, connection.app_id, connection.auth_type)
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):
                revoked = await self._revoked(client, secret, grant)
        except TimeoutError as error:
            raise ProviderUnavailable from error
        except ProviderProtocolError:
            return Revocation.REFUSED
        return Revocation.REVOKED if revoked else Revocation.REFUSED

    async def _revoked(self, client: OAuthClient, client_secret: Secret | None, grant: TokenGrant) -> bool:
        response = await self._send(revocation_request(client, client_secret, grant))
        other = other_style(client, client_secret)
        if other is not None and not is_revoked(response) and is_invalid_client(response):
            response = await self._send(revocation_request(other, client_secret, grant))
        return is_revoked(response)

    async def _send(self, request: ProviderRequest) -> ProviderResponse:
        try:
            return await self.exchanger.send(request)
        except NothingSent as error:
            raise ProviderUnavailable("The provider cannot be reached. Check the app's endpoints.") from error


def _client(connection: Connection) -> OAuthClient | None:
    """The client whose provider revokes; None where there is no such thing."""
    client = connection.made_with
    return client if isinstance(client, OAuthClient) and client.revocation_endpoint is not None else None
