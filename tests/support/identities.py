"""Authentication as one world: a clock, an issuer, an organisation's own key, and tokens that are right."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from adapters.identity.jwt_verifier import JoserfcVerifier
from adapters.memory.api_keys import MemoryApiKeyStore
from adapters.memory.hints import MemoryHints
from adapters.memory.organisations import MemoryOrganisationStore
from adapters.memory.signing_keys import MemorySigningKeyStore
from app.use_cases.authenticate import Authenticate, AuthenticateByIssuer, AuthenticateBySigningKey
from app.use_cases.in_flight import InFlight
from app.use_cases.issuer_keys import IssuerKeys
from app.use_cases.known_principals import KnownPrincipals
from app.use_cases.shared_looks import SharedLooks
from app.use_cases.store_outage import StoreOutage
from domain.access import Organisation, Principal
from domain.errors import Unauthorized
from domain.ids import OrganisationId, SigningKeyId
from domain.jwt import Algorithm
from domain.oauth.http import ProviderRequest, ProviderResponse
from domain.oidc_issuers import OidcIssuer, read_issuers
from domain.secret import Secret
from domain.signing_keys import SigningKey
from tests.support.domain_examples import LONG_AGO, an_id
from tests.support.jwts import Signer

US = "https://switchboard.example"
ISSUER = "https://issuer.example"
ACME = OrganisationId("acme")
APP = "01KNZ5Q2M0ABCDEFGHJKMNPQRA"


@attrs.define
class MovableClock:
    time: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def seconds(self, difference: float = 0) -> int:
        return int(self.time.timestamp() + difference)


@attrs.define
class Issuer:
    """A TokenExchanger that is an issuer: its discovery document and its keys."""

    keys: list[Any] = attrs.field(factory=list)
    fails: Exception | None = None
    hangs: asyncio.Event | None = None
    hung: asyncio.Event = attrs.field(factory=asyncio.Event)
    max_age: int | None = None
    asked: list[str] = attrs.field(factory=list)
    documents: dict[str, Any] = attrs.field(factory=dict)

    async def send(self, request: ProviderRequest) -> ProviderResponse:
        self.asked.append(request.url)
        await asyncio.sleep(0)
        if self.hangs is not None:
            self.hung.set()
            await self.hangs.wait()
        if self.fails is not None:
            raise self.fails
        found = {f"{ISSUER}/keys": {"keys": self.keys}, **self.documents}.get(request.url)
        body = Secret(json.dumps(found))
        return ProviderResponse(
            status=404 if found is None else 200, content_type="application/json", body=body, max_age=self.max_age
        )


@attrs.define(kw_only=True)
class World:
    clock: MovableClock
    issuer: Issuer
    authenticate: Authenticate
    signer: Signer
    signing_key: SigningKey

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What an issuer's token says; a change to None leaves the claim out."""
        right = {
            "iss": ISSUER,
            "sub": "ann",
            "aud": "switchboard",
            "exp": self.clock.seconds(300),
            "iat": self.clock.seconds(),
            "org": "acme",
            "groups": ["issuer", "staff"],
        }
        return {name: value for name, value in (right | changes).items() if value is not None}

    def signed_claims(self, **changes: Any) -> dict[str, Any]:
        """What an organisation's own token says."""
        return self.claims(**{"iss": "acme", "aud": US, "groups": None, "org": None, "roles": ["viewer"]} | changes)

    async def bearer(self, **changes: Any) -> Principal:
        return await self.authenticate.bearer(self.signer.sign(self.claims(**changes), kid="k1"))

    async def jwt(self, *, kid: str | None = None, **changes: Any) -> Principal:
        token = self.signer.sign(self.signed_claims(**changes), kid=kid or self.signing_key.id)
        return await self.authenticate.jwt(token)


def an_issuer(**changes: Any) -> OidcIssuer:
    members: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": "switchboard",
        "algorithms": ["ES256"],
        "jwks_uri": f"{ISSUER}/keys",
        "organisation_claim": "org",
        "roles_claim": "groups",
    }
    members = {name: value for name, value in (members | changes).items() if value is not None}
    return read_issuers([members])[0]


async def a_world(*issuers: OidcIssuer) -> World:
    clock, issuer, signer = MovableClock(), Issuer(), Signer.make()
    issuer.keys = [signer.jwk(kid="k1").members]
    organisations = MemoryOrganisationStore()
    for name in ("acme", "other"):
        await organisations.add(Organisation(id=OrganisationId(name), name=name, created_at=LONG_AGO))
    signing_keys = MemorySigningKeyStore(organisations)
    key = SigningKey(
        id=an_id(SigningKeyId),
        organisation_id=ACME,
        name="k",
        algorithm=Algorithm.ES256,
        jwk=signer.jwk(),
        created_at=LONG_AGO,
    )
    await signing_keys.add(key)
    api_keys = MemoryApiKeyStore(organisations, clock)
    verifier = JoserfcVerifier()
    authenticate = Authenticate(
        api_keys=api_keys,
        bootstrap_admin_key=Secret("a.b.c-and-some-more-of-32-characters"),
        by_issuer=AuthenticateByIssuer(
            clock=clock,
            organisations=organisations,
            issuers=issuers or (an_issuer(),),
            issuer_keys=IssuerKeys(clock=clock, exchanger=issuer),
            jwt=verifier,
        ),
        by_signing_key=AuthenticateBySigningKey(clock=clock, signing_keys=signing_keys, jwt=verifier, public_url=US),
        known=KnownPrincipals.of(clock, MemoryHints(), grace_seconds=30),
        looks=SharedLooks(InFlight()),
        outage=StoreOutage(InFlight()),
    )
    return World(clock=clock, issuer=issuer, authenticate=authenticate, signer=signer, signing_key=key)


async def nobody(world: World, **changes: Any) -> None:
    with pytest.raises(Unauthorized):
        await world.bearer(**changes)
