"""An issuer's keys: fetched, kept as long as its headers allow, and asked for again when a new one is named.

- A key that is not among those kept is asked for once more, at most every ten seconds for each issuer: whoever makes
  key ids up makes no requests.
- Where the issuer does not answer, what was kept goes on being used, at most a day beyond its time.
- One request at a time for each issuer; who waits gets the same answer.
"""

import asyncio
from datetime import datetime, timedelta

import attrs

from domain.errors import FlowFailed, IdentityUnavailable, Unauthorized
from domain.jwt import Algorithm, Jwk, UnverifiedJwt
from domain.jwt_keys import jwks_request, read_jwks, read_jwks_uri
from domain.oauth.http import ProviderResponse
from domain.oauth.metadata import metadata_request
from domain.oidc_issuers import OidcIssuer
from domain.ports import Clock, NothingSent, TokenExchanger

_KEPT = timedelta(hours=1)  # where the answer does not say
_KEPT_AT_LEAST = timedelta(minutes=1)  # an issuer that forbids keeping is still not asked with each request
_KEPT_AT_MOST = timedelta(days=1)
_STALE_AT_MOST = timedelta(days=1)
_ASKED_AT_MOST_EVERY = timedelta(seconds=10)


@attrs.define
class _Kept:
    """What is known of an issuer's keys, and when it was last asked."""

    keys: tuple[Jwk, ...] | None = None
    fresh_until: datetime | None = None
    asked_at: datetime | None = None
    lock: asyncio.Lock = attrs.field(factory=asyncio.Lock)


@attrs.frozen(kw_only=True)
class IssuerKeys:
    clock: Clock
    exchanger: TokenExchanger
    kept: dict[str, _Kept] = attrs.field(factory=dict)

    async def __call__(self, issuer: OidcIssuer, token: UnverifiedJwt) -> Jwk:
        """The key that may have signed this. Raises Unauthorized; IdentityUnavailable where no keys can be had."""
        kept = self.kept.setdefault(issuer.issuer, _Kept())
        # Before the lock: a stranger's made-up key id has the issuer asked; whose key is known does not wait for it.
        found = _chosen(self._fresh(kept), token)
        if found is not None:
            return found
        async with kept.lock:
            keys = await self._current(issuer, kept)
            found = _chosen(keys, token)
            if found is None and self._may_ask(kept):
                found = _chosen(await self._asked(issuer, kept) or (), token)
        if found is None:
            raise Unauthorized
        return found

    def _fresh(self, kept: _Kept) -> tuple[Jwk, ...]:
        is_fresh = kept.fresh_until is not None and self.clock.now() < kept.fresh_until
        return kept.keys if is_fresh and kept.keys is not None else ()

    async def _current(self, issuer: OidcIssuer, kept: _Kept) -> tuple[Jwk, ...]:
        now = self.clock.now()
        if fresh := self._fresh(kept):
            return fresh
        if self._may_ask(kept) and (keys := await self._asked(issuer, kept)) is not None:
            return keys
        if kept.keys is not None and kept.fresh_until is not None and now < kept.fresh_until + _STALE_AT_MOST:
            return kept.keys
        raise IdentityUnavailable

    def _may_ask(self, kept: _Kept) -> bool:
        return kept.asked_at is None or self.clock.now() >= kept.asked_at + _ASKED_AT_MOST_EVERY

    async def _asked(self, issuer: OidcIssuer, kept: _Kept) -> tuple[Jwk, ...] | None:
        """The keys as they are now; None where they cannot be had."""
        kept.asked_at = self.clock.now()
        try:
            uri = issuer.jwks_uri or await self._discovered(issuer)
            response = await self.exchanger.send(jwks_request(uri))
            keys = read_jwks(response)
        except (FlowFailed, NothingSent):
            return None
        kept.keys, kept.fresh_until = keys, self.clock.now() + _time_to_keep(response)
        return keys

    async def _discovered(self, issuer: OidcIssuer) -> str:
        return read_jwks_uri(await self.exchanger.send(metadata_request(issuer.issuer)), issuer=issuer.issuer)


def _time_to_keep(response: ProviderResponse) -> timedelta:
    told = _KEPT if response.max_age is None else timedelta(seconds=response.max_age)
    return max(_KEPT_AT_LEAST, min(told, _KEPT_AT_MOST))


def _chosen(keys: tuple[Jwk, ...], token: UnverifiedJwt) -> Jwk | None:
    """The key that the token names; without a name the only one of its algorithm. None where it is not certain."""
    algorithm: Algorithm = token.algorithm
    fitting = [key for key in keys if key.is_for(algorithm) and token.key_id in {None, key.key_id}]
    return fitting[0] if len(fitting) == 1 else None
