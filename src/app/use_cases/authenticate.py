"""Who sent a request: by an API key, or by a JWT of an issuer or of an organisation's own key.

Each is looked up at each request: what was revoked, and whoever's organisation is being removed, is refused at once.
What was found is remembered: for whoever may answer from memory, and for while Postgres is away.
"""

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import attrs

from app.use_cases.issuer_keys import IssuerKeys
from app.use_cases.known_principals import Known, KnownPrincipals, memory_key
from app.use_cases.shared_looks import SharedLooks
from app.use_cases.store_outage import StoreOutage
from domain.access import Principal, Role
from domain.errors import NotFound, StorageUnavailable, Unauthorized
from domain.ids import OrganisationId, SigningKeyId
from domain.jwt import Claims
from domain.oidc_issuers import OidcIssuer
from domain.ports import ApiKeyStore, Clock, JwtVerifier, OrganisationStore, SigningKeyStore
from domain.secret import Secret
from domain.signing_keys import principal_of

_DOTS_OF_A_JWT = 2
_JWT_REMEMBERED_SECONDS = 60.0

_BEARER, _JWT = "bearer", "jwt"


@attrs.frozen(kw_only=True)
class AuthenticateBySigningKey:
    """Find the key that the token names among those of the organisation that it names; verify; judge the claims."""

    clock: Clock
    signing_keys: SigningKeyStore
    jwt: JwtVerifier
    public_url: str

    async def __call__(self, token: Secret) -> Known:
        """Raises Unauthorized."""
        said = self.jwt.peek(token)
        try:
            organisation_id, key_id = OrganisationId(said.issuer), SigningKeyId(said.key_id or "")
        except ValueError:
            raise Unauthorized from None
        key = await self.signing_keys.find(organisation_id, key_id)
        if key is None:
            raise Unauthorized
        claims = self.jwt.verify(token, key.jwk, key.algorithm)
        now = self.clock.now()
        principal = principal_of(key, claims, audience=self.public_url, now=now)
        return Known(principal=principal, by=key.id, until=_until(claims, now))


@attrs.frozen(kw_only=True)
class AuthenticateByIssuer:
    """Find the issuer among those of the settings; its key by what the token names; verify; judge the claims."""

    clock: Clock
    organisations: OrganisationStore
    issuers: Sequence[OidcIssuer]
    issuer_keys: IssuerKeys
    jwt: JwtVerifier

    async def __call__(self, token: Secret) -> Known:
        """Raises Unauthorized, IdentityUnavailable."""
        said = self.jwt.peek(token)
        issuer = next((issuer for issuer in self.issuers if issuer.issuer == said.issuer), None)
        if issuer is None or said.algorithm not in issuer.algorithms:
            raise Unauthorized
        jwk = await self.issuer_keys(issuer, said)
        claims = self.jwt.verify(token, jwk, said.algorithm)
        now = self.clock.now()
        principal = issuer.principal_of(claims, now=now)
        try:
            if principal.organisation_id is not None:
                await self.organisations.get(principal.organisation_id)
        except NotFound:
            raise Unauthorized from None
        return Known(principal=principal, by=None, until=_until(claims, now))


@attrs.frozen(kw_only=True)
class Authenticate:
    """Find the principal of what was sent as a Bearer, or with the scheme JWT.

    Attributes:
        bootstrap_admin_key: The settings' first platform administrator, until another exists.

    """

    api_keys: ApiKeyStore
    bootstrap_admin_key: Secret | None
    by_issuer: AuthenticateByIssuer
    by_signing_key: AuthenticateBySigningKey
    known: KnownPrincipals
    looks: SharedLooks[str, Principal]
    outage: StoreOutage

    async def bearer(self, sent: Secret) -> Principal:
        """The principal of an API key or of an issuer's JWT. Raises Unauthorized, IdentityUnavailable."""
        if sent == self.bootstrap_admin_key:
            return await self._bootstrap(sent)
        # None of our keys has a dot in it: a token costs no look-up of a key, nor a key one of a token.
        is_jwt = sent.reveal().count(".") == _DOTS_OF_A_JWT
        return await self._looked_up(_BEARER, sent, self.by_issuer if is_jwt else self._by_api_key)

    async def jwt(self, sent: Secret) -> Principal:
        """The subject of a JWT that an organisation signed. Raises Unauthorized."""
        return await self._looked_up(_JWT, sent, self.by_signing_key)

    async def _looked_up(
        self, scheme: str, sent: Secret, look_up: Callable[[Secret], Coroutine[Any, Any, Known]]
    ) -> Principal:
        key = memory_key(scheme, sent)
        return await self.looks(key, partial(self._principal, key, partial(look_up, sent)))

    async def _principal(self, key: str, look_up: Callable[[], Coroutine[Any, Any, Known]]) -> Principal:
        with self.known.reading(key) as reading:
            trusted = self.known.trusted(reading.key)
            if trusted is None:
                found = await look_up()
            else:
                try:
                    found = await self.outage.ask(look_up)
                except StorageUnavailable:
                    return trusted
            self.known.keep(reading, found)
        return found.principal

    async def _by_api_key(self, sent: Secret) -> Known:
        key = await self.api_keys.find(sent.fingerprint())
        if key is None:
            raise Unauthorized
        return Known(principal=key.principal, by=key.id, until=key.expires_at)

    async def _bootstrap(self, sent: Secret) -> Principal:
        key = await self.api_keys.find(sent.fingerprint())
        if key is not None:
            return key.principal
        if await self.api_keys.platform_admin_exists():
            raise Unauthorized
        return Principal(
            id="bootstrap",
            name="the bootstrap administrator",
            organisation_id=None,
            roles=frozenset({Role.PLATFORM_ADMIN}),
        )


def _until(claims: Claims, now: datetime) -> datetime:
    """The token's own end; sooner for a long-lived one: its issuer may have changed its keys by then."""
    latest = now.timestamp() + _JWT_REMEMBERED_SECONDS
    expires = claims.get("exp")
    return datetime.fromtimestamp(min(latest, expires) if isinstance(expires, int | float) else latest, UTC)
