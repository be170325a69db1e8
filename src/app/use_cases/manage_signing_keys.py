"""Keys by which an organisation signs its own JWTs. Whoever is narrowed has none: what they sign is not narrowed."""

from collections.abc import Mapping

import attrs

from app.use_cases.minting import Mint
from domain.access import Permission, Principal
from domain.errors import FieldError, InvalidRequest, NotFound
from domain.ids import OrganisationId, SigningKeyId
from domain.jwt import Algorithm
from domain.lists import ListQuery, Page
from domain.ports import JwtVerifier, OrganisationStore, SigningKeyStore
from domain.signing_keys import ALGORITHMS, SigningKey


@attrs.frozen(kw_only=True)
class CreateSigningKey:
    mint: Mint
    signing_keys: SigningKeyStore
    jwt: JwtVerifier

    async def __call__(
        self,
        principal: Principal,
        organisation_id: OrganisationId,
        *,
        name: str,
        algorithm: str,
        public_key: str | Mapping[str, object],
    ) -> SigningKey:
        """Raises InvalidRequest for what is no public key of this algorithm, Forbidden for whoever is narrowed."""
        principal.require(Permission.MANAGE_KEYS, organisation_id)
        principal.require_everything()
        if algorithm not in ALGORITHMS:
            raise InvalidRequest(fields=(FieldError("algorithm", f"is one of {', '.join(ALGORITHMS)}"),))
        key = SigningKey(
            id=self.mint.ulid(SigningKeyId),
            organisation_id=organisation_id,
            name=name,
            algorithm=Algorithm(algorithm),
            jwk=self.jwt.read_public_key(public_key, Algorithm(algorithm)),
            created_at=self.mint.clock.now(),
        )
        await self.signing_keys.add(key)
        return key


@attrs.frozen(kw_only=True)
class ListSigningKeys:
    organisations: OrganisationStore
    signing_keys: SigningKeyStore

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, query: ListQuery
    ) -> Page[SigningKey]:
        """None for whoever is narrowed. Raises NotFound for an unknown organisation."""
        principal.require(Permission.MANAGE_KEYS, organisation_id)
        await self.organisations.get(organisation_id)
        if not principal.only.is_everything:
            return Page([], 0)
        return await self.signing_keys.list(organisation_id, query)


@attrs.frozen
class ReadSigningKey:
    signing_keys: SigningKeyStore

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, key_id: SigningKeyId) -> SigningKey:
        """Raises NotFound, also for whoever is narrowed."""
        principal.require(Permission.MANAGE_KEYS, organisation_id)
        key = await self.signing_keys.find(organisation_id, key_id)
        if key is None or not principal.only.is_everything:
            raise NotFound
        return key


@attrs.frozen
class DeleteSigningKey:
    """Take a key back: it is looked up at each request, so that the next one that it signed is refused."""

    read: ReadSigningKey

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, key_id: SigningKeyId) -> None:
        """Raises NotFound, also the second time."""
        await self.read(principal, organisation_id, key_id)
        await self.read.signing_keys.delete(organisation_id, key_id)
