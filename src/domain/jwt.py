"""What a JWT has to say before anybody is believed to be its subject (RFC 7519 §4.1, RFC 8725).

Rules:
- Nothing of a token is used before its signature is good, but what names the key: `alg`, `kid` and `iss`, each of which
  only chooses among what was registered or configured. `jku`, `x5u`, `jwk` and `x5c` are never looked at.
- The algorithm is the key's, and the audience is us. Times are numbers; `exp` has to be there, and is not stretched.
- Whatever is wrong, the answer is the same: Unauthorized, without a reason.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import attrs

from domain.access import Role
from domain.errors import Unauthorized
from domain.ids import AppId, ConnectionId, OrganisationId
from domain.narrowing import Narrowing

MOST_CHARACTERS = 16_384
"""Of a whole token; judged before it is taken apart (CVE-2025-22868)."""

_SKEW_SECONDS = 60
_LONGEST_NAME = 100
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_ONLY = {"appIds", "connectionIds", "endUserIds"}

Claims = Mapping[str, object]


class Algorithm(StrEnum):
    """The signatures that are taken: by a key pair, never a shared secret, never none."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    EDDSA = "EdDSA"


@attrs.frozen(kw_only=True)
class UnverifiedJwt:
    """What a token says of itself, believed in nothing: it chooses the key, whose signature then tells."""

    algorithm: Algorithm
    key_id: str | None
    issuer: str


@attrs.frozen
class Jwk:
    """A public key as a JWK (RFC 7517)."""

    members: Mapping[str, object]

    @property
    def key_id(self) -> str | None:
        key_id = self.members.get("kid")
        return key_id if isinstance(key_id, str) else None

    def is_for(self, algorithm: Algorithm) -> bool:
        """Whether the key may verify this algorithm's signatures, by its kind, its curve, its ``alg`` and ``use``."""
        kind, curve = _KINDS[algorithm]
        return (
            self.members.get("kty") == kind
            and (curve is None or self.members.get("crv") == curve)
            and self.members.get("alg", algorithm)
            in (algorithm, curve or algorithm)  # RFC 9864: the curve may be the name
            and self.members.get("use", "sig") == "sig"
        )


_KINDS: Mapping[Algorithm, tuple[str, str | None]] = {
    Algorithm.RS256: ("RSA", None),
    Algorithm.RS384: ("RSA", None),
    Algorithm.RS512: ("RSA", None),
    Algorithm.PS256: ("RSA", None),
    Algorithm.PS384: ("RSA", None),
    Algorithm.PS512: ("RSA", None),
    Algorithm.ES256: ("EC", "P-256"),
    Algorithm.ES384: ("EC", "P-384"),
    Algorithm.ES512: ("EC", "P-521"),
    Algorithm.EDDSA: ("OKP", "Ed25519"),
}


def require_claims(
    claims: Claims,
    *,
    issuer: str,
    audiences: frozenset[str],
    now: datetime,
    longest_seconds: float | None = None,
) -> str:
    """The subject. Raises Unauthorized unless issuer, audience and times are right.

    ``longest_seconds`` bounds how far ``exp`` may be away.
    """
    subject, audience = claims.get("sub"), claims.get("aud")
    named = {audience} if isinstance(audience, str) else set(_words(audience))
    expires = _time(claims, "exp")
    if (
        claims.get("iss") != issuer
        or not isinstance(subject, str)
        or not subject
        or not named & audiences
        or expires is None
        or expires <= now.timestamp()
        or (longest_seconds is not None and expires > now.timestamp() + longest_seconds + _SKEW_SECONDS)
    ):
        raise Unauthorized
    for name in ("nbf", "iat"):
        begins = _time(claims, name)
        if begins is not None and begins > now.timestamp() + _SKEW_SECONDS:
            raise Unauthorized
    return subject


def read_roles(value: object) -> frozenset[Role]:
    """An organisation's roles, in our own words. Raises Unauthorized for any other word, and for none."""
    try:
        roles = frozenset(map(Role, _words(value)))
    except ValueError:
        raise Unauthorized from None
    if not roles or Role.PLATFORM_ADMIN in roles:
        raise Unauthorized
    return roles


def read_only(value: object) -> Narrowing:
    """``only`` as api.md has it. Raises Unauthorized for anything else: what is not understood might have narrowed."""
    if not isinstance(value, dict) or not value.keys() <= _ONLY:
        raise Unauthorized
    app_ids, connection_ids, end_user_ids = (
        None if name not in value else frozenset(_words(value[name])) for name in sorted(_ONLY)
    )
    try:
        return Narrowing(
            app_ids=None if app_ids is None else frozenset(map(AppId, app_ids)),
            connection_ids=None if connection_ids is None else frozenset(map(ConnectionId, connection_ids)),
            end_user_ids=end_user_ids,
        )
    except ValueError:
        raise Unauthorized from None


def principal_id(*, issuer: str, subject: str, organisation_id: OrganisationId) -> str:
    """Who it is, the same with every token: a flow is finished by the subject that began it, in that organisation."""
    whole = json.dumps([issuer, organisation_id, subject])
    return "jwt_" + hashlib.sha256(whole.encode()).hexdigest()


def principal_name(subject: str) -> str:
    """What a person is shown of the subject: it comes from somewhere else, and may hold anything."""
    return _UNPRINTABLE.sub("�", subject)[:_LONGEST_NAME]


def _words(value: object) -> list[str]:
    """A list of strings. Raises Unauthorized for anything else; no list at all is an empty one for an audience."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unauthorized
    return value


def _time(claims: Claims, name: str) -> float | None:
    """RFC 7519 §2: a NumericDate. Raises Unauthorized for anything else."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unauthorized
    try:
        seconds = float(value)
    except OverflowError:
        raise Unauthorized from None
    if not math.isfinite(seconds):
        raise Unauthorized
    return seconds
