"""Who sent a request: by an API key, or by a JWT of an issuer or of an organisation's own key.

Each is looked up at each request: what was revoked, and whoever's organisation is being removed, is refused at once.
"""

from collections.abc import Sequence

import attrs

from app.use_cases.issuer_keys import IssuerKeys
from domain.access import Principal, Role
from domain.errors import NotFound, Unauthorized
from domain.ids import OrganisationId, SigningKeyId
from domain.oidc_issuers import OidcIssuer
from domain.ports import ApiKeyStore, Clock, JwtVerifier, OrganisationStore, SigningKeyStore
from domain.secret import Secret
from domain.signing_keys import principal_of

_DOTS_OF_A_JWT = 2


@attrs.frozen(kw_only=True)
class AuthenticateBySigningKey:
    """Find the key that the token names among those of the organisation that it names; verify; judge the claims."""

    clock: Clock
    signing_keys: SigningKeyStore
    jwt: JwtVerifier
    public_url: str

    async def __call__(self, token: Secret) -> Principal:
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
        return principal_of(key, claims, audience=self.public_url, now=self.clock.now())


@attrs.frozen(kw_only=True)
class AuthenticateByIssuer:
    """Find the issuer among those of the settings; its key by what the token names; verify; judge the claims."""

    clock: Clock
    organisations: OrganisationStore
    issuers: Sequence[OidcIssuer]
    issuer_keys: IssuerKeys
    jwt: JwtVerifier

    async def __call__(self, token: Secret) -> Principal:
        """Raises Unauthorized, IdentityUnavailable."""
        said = self.jwt.peek(token)
        issuer = next((issuer for issuer in self.issuers if issuer.issuer == said.issuer), None)
        if issuer is None or said.algorithm not in issuer.algorithms:
            raise Unauthorized
        jwk = await self.issuer_keys(issuer, said)
        claims = self.jwt.verify(token, jwk, said.algorithm)
        principal = issuer.principal_of(claims, now=self.clock.now())
        try:
            if principal.organisation_id is not None:
                await self.organisations.get(principal.organisation_id)
        except NotFound:
            raise Unauthorized from None
        return principal


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

    async def bearer(self, sent: Secret) -> Principal:
        """The principal of an API key or of an issuer's JWT. Raises Unauthorized, IdentityUnavailable."""
        # None of our keys has a dot in it: a token costs no look-up of a key, nor a key one of a token.
        if sent.reveal().count(".") == _DOTS_OF_A_JWT and sent != self.bootstrap_admin_key:
            return await self.by_issuer(sent)
        key = await self.api_keys.find(sent.fingerprint())
        if key is not None:
            return key.principal
        if sent == self.bootstrap_admin_key and not await self.api_keys.platform_admin_exists():
            return Principal(
                id="bootstrap",
                name="the bootstrap administrator",
                organisation_id=None,
                roles=frozenset({Role.PLATFORM_ADMIN}),
            )
        raise Unauthorized

    async def jwt(self, sent: Secret) -> Principal:
        """The subject of a JWT that an organisation signed. Raises Unauthorized."""
        return await self.by_signing_key(sent)
