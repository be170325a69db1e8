"""ID tokens (OpenID Connect Core §2) and the key that signs them."""

import base64
import functools
from typing import Any

import attrs
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.support.provider.behaviour import Behaviour
from tests.support.provider.grants import Issued

KEY_ID = "provider-key-1"


@attrs.define(slots=False)
class SigningKey:
    """An RSA key, made when the first token needs it: most tests need none, and it takes a tenth of a second."""

    @functools.cached_property
    def _private_key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwks(self) -> dict[str, Any]:
        """The key set document (RFC 7517 §5)."""
        numbers = self._private_key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": _integer(numbers.n),
            "e": _integer(numbers.e),
        }
        return {"keys": [key]}

    def id_token(self, issuer: str, issued: Issued, behaviour: Behaviour, *, now: float) -> str:
        """Who consented, signed with RS256, good for five minutes; as the script changes it."""
        claims: dict[str, Any] = {
            "iss": issuer,
            "sub": issued.grant.subject,
            "aud": issued.grant.asked.client_id,
            "iat": int(now),
            "exp": int(now) + 300,
        }
        if issued.grant.asked.nonce is not None:
            claims["nonce"] = issued.grant.asked.nonce
        claims = {name: value for name, value in (claims | behaviour.id_token_claims).items() if value is not None}
        header = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"} | behaviour.id_token_header
        signed = f"{_json(header)}.{_json(claims)}"
        return f"{signed}.{_base64url(self._private_key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _json(value: dict[str, Any]) -> str:
    return _base64url(msgspec.json.encode(value))


def _integer(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
