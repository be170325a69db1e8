"""JWTs by joserfc's algorithms and keys; taken apart here, once, so that what is verified is what is used.

``joserfc.jws.deserialize_compact`` is not used: it takes a token apart again, and warns of EdDSA by its older name.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import attrs
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from domain.errors import FieldError, InvalidRequest, Unauthorized
from domain.jwt import MOST_CHARACTERS, Algorithm, Claims, Jwk, UnverifiedJwt
from domain.secret import Secret

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_PARTS = 3
_LONGEST_PEM = 10_000
_RSA_BITS = range(2048, 8193)
_PUBLIC_MEMBERS = ("kty", "n", "e", "crv", "x", "y")
_KINDS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}
# What joserfc and cryptography raise for keys and signatures that are none.
_MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


@attrs.frozen
class _Parts:
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


class JoserfcVerifier:
    """A JwtVerifier."""

    def peek(self, token: Secret) -> UnverifiedJwt:
        parts = _taken_apart(token)
        key_id, issuer = parts.header.get("kid"), parts.claims.get("iss")
        if not isinstance(key_id, str | None) or not isinstance(issuer, str):
            raise Unauthorized
        return UnverifiedJwt(algorithm=_algorithm(parts.header), key_id=key_id, issuer=issuer)

    def verify(self, token: Secret, jwk: Jwk, algorithm: Algorithm) -> Claims:
        parts = _taken_apart(token)
        if _algorithm(parts.header) is not algorithm or not jwk.is_for(algorithm):
            raise Unauthorized
        try:
            key = _imported(jwk.members)
            good = JWSRegistry.algorithms[algorithm].verify(parts.signed, parts.signature, key)
        except _MALFORMED:
            raise Unauthorized from None
        if good is not True:
            raise Unauthorized
        return parts.claims

    def read_public_key(self, written: str | Mapping[str, object], algorithm: Algorithm) -> Jwk:
        if not isinstance(written, str) and {"d", "k"} & written.keys():
            raise _unfit("is the public half alone")
        try:
            key = _imported_pem(written, algorithm) if isinstance(written, str) else _imported(written)
            members = key.as_dict(private=False)
        except _MALFORMED:
            raise _unfit("is no public key as PEM or JWK that can be used") from None
        public = Jwk({name: members[name] for name in _PUBLIC_MEMBERS if name in members})
        stated = written if isinstance(written, Mapping) else {}
        if not public.is_for(algorithm) or not Jwk({**public.members, **_stated(stated)}).is_for(algorithm):
            raise _unfit(f"is no key for {algorithm}")
        return public


def _stated(members: Mapping[str, object]) -> Mapping[str, object]:
    return {name: members[name] for name in ("alg", "use") if name in members}


def _unfit(problem: str) -> InvalidRequest:
    return InvalidRequest(fields=(FieldError("publicKey", problem),))


def _imported(members: Mapping[str, object]) -> Any:
    """The key of a JWK's public members. Raises one of _MALFORMED."""
    public = {name: members[name] for name in _PUBLIC_MEMBERS if name in members}
    key = JWKRegistry.import_key(public)  # type: ignore[arg-type]  # it judges what the members are
    return _long_enough(key)


def _imported_pem(pem: str, algorithm: Algorithm) -> Any:
    if len(pem) > _LONGEST_PEM or not pem.lstrip().startswith("-----BEGIN PUBLIC KEY-----"):
        raise ValueError("no PEM of a public key")
    return _long_enough(_KINDS[algorithm[:2]].import_key(pem.strip()))


def _long_enough(key: Any) -> Any:
    """Longer ones than these take seconds of a processor for each token."""
    if isinstance(key, RSAKey) and key.raw_value.key_size not in _RSA_BITS:
        raise ValueError("an RSA key of another length")
    return key


def _algorithm(header: Mapping[str, Any]) -> Algorithm:
    try:
        return Algorithm(str(header.get("alg")))
    except ValueError:
        raise Unauthorized from None


def _taken_apart(token: Secret) -> _Parts:
    """The parts of a compact JWS. Raises Unauthorized."""
    text = token.reveal()
    if len(text) > MOST_CHARACTERS:
        raise Unauthorized
    parts = text.split(".")
    if len(parts) != _PARTS:
        raise Unauthorized
    header, claims, signature = (_decoded(part) for part in parts)
    members = _object(header)
    # RFC 7515 §4.1.11: there is no extension that we understand (CVE-2025-59420). RFC 7797's b64 is one.
    if "crit" in members or "b64" in members:
        raise Unauthorized
    return _Parts(members, _object(claims), f"{parts[0]}.{parts[1]}".encode("ascii"), signature)


def _decoded(part: str) -> bytes:
    """RFC 7515 §2: base64url without padding; and canonical, so that one token is one string."""
    if not _BASE64URL.fullmatch(part):
        raise Unauthorized
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise Unauthorized from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise Unauthorized
    return decoded


def _object(text: bytes) -> Mapping[str, Any]:
    """A JSON object, each member once (RFC 7515 §4, RFC 7519 §4). Raises Unauthorized."""
    try:
        members = json.loads(text.decode(), object_pairs_hook=_distinct, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unauthorized from None
    if not isinstance(members, dict):
        raise Unauthorized
    return members


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
