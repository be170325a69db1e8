"""Issue what authenticates a request to a connection's app, whatever its auth type."""

import attrs

from app.use_cases.fresh_grant import FreshGrant
from app.use_cases.read_grant import path_of
from app.use_cases.refused_refresh import over
from domain.access import Permission, Principal
from domain.auth_configs import ApiKeyConfig, BasicAuthConfig, DirectGrantConfig, HttpRefreshConfig, JwtBearerConfig
from domain.connections import Connection, ConnectionStatus
from domain.errors import NeedsReauthorization
from domain.ids import ConnectionId, OrganisationId
from domain.jwt_bearer import signing_of
from domain.oauth.client import OAuthClient
from domain.ports import Clock, ConnectionStore, EventLog, JwtSigner, SecretMissing, SecretStore, UnusableKey
from domain.request_auth import RequestAuth, api_key_auth, basic_auth, bearer_auth, fetched_auth, jwt_auth
from domain.secret import Secret

_MINIMUM_VALIDITY_SECONDS = 60.0


@attrs.frozen(kw_only=True)
class IssueHeaders:
    """Find the connection; place its key, its token or a newly signed one as its app wants it."""

    clock: Clock
    connections: ConnectionStore
    secrets: SecretStore
    signer: JwtSigner
    fresh: FreshGrant
    events: EventLog

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, connection_id: ConnectionId
    ) -> RequestAuth:
        """Raises NotFound, NeedsReauthorization, ProviderUnavailable, ProviderProtocolError, StorageUnavailable."""
        principal.require(Permission.ISSUE, organisation_id)
        connection = await self.connections.get(organisation_id, connection_id)
        principal.require_connection(connection.id, app_id=connection.app_id)
        if connection.status is not ConnectionStatus.ACTIVE:
            raise over(connection)
        auth = await self._auth(connection)
        self.events.note("token_issued", connection_id=connection.id)
        return auth

    async def _auth(self, connection: Connection) -> RequestAuth:
        match connection.made_with:
            case OAuthClient() | DirectGrantConfig():
                return bearer_auth(await self.fresh(connection, minimum_validity=_MINIMUM_VALIDITY_SECONDS))
            case HttpRefreshConfig() as config:
                return fetched_auth(config, await self.fresh(connection, minimum_validity=0))
            case ApiKeyConfig() as config:
                [key] = await self._kept(connection, "raw")
                return api_key_auth(config, key)
            case BasicAuthConfig():
                username, password = await self._kept(connection, "username", "password")
                return basic_auth(username, password)
            case JwtBearerConfig():
                return await self._signed(connection)

    async def _signed(self, connection: Connection) -> RequestAuth:
        names = ("secret", "payload", "algorithm", "prefix", "expiresIn")
        document = dict(zip(names, await self._kept(connection, *names), strict=True))
        signing = signing_of(document, now=self.clock.now())
        try:
            token = self.signer.sign(signing.claims, algorithm=signing.algorithm, key=signing.key)
        except UnusableKey as error:
            raise NeedsReauthorization(_REPLACE) from error
        return jwt_auth(signing.prefix, token)

    async def _kept(self, connection: Connection, *names: str) -> list[Secret]:
        try:
            stored = await self.secrets.read(path_of(connection), at_least=connection.secret_version)
        except SecretMissing as error:
            raise NeedsReauthorization(_REPLACE) from error
        if any(name not in stored.document for name in names):
            raise NeedsReauthorization(_REPLACE)
        return [stored.document[name] for name in names]


_REPLACE = "What the connection was made of is not whole in the secret store. Replace its data: PUT it."
