"""JWTs of ours, by joserfc."""

import warnings
from collections.abc import Mapping

import attrs
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from domain.ports import UnusableKey
from domain.secret import Secret

_KINDS: Mapping[str, tuple[type[OctKey] | type[RSAKey] | type[ECKey] | type[OKPKey], str]] = {
    "HS": (OctKey, "a shared secret"),
    "RS": (RSAKey, "an RSA private key in PEM"),
    "ES": (ECKey, "a P-256 private key in PEM"),
    "Ed": (OKPKey, "an Ed25519 private key in PEM"),
}


@attrs.frozen
class JoseJwtSigner:
    """A JwtSigner."""

    def sign(self, claims: Mapping[str, object], *, algorithm: str, key: Secret) -> Secret:
        kind, wanted = _KINDS[algorithm[:2]]
        try:
            # What warns is the provider's to choose: short shared secrets (RFC 7518 §3.2), EdDSA's old name (RFC 9864).
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SecurityWarning)
                signing = kind.import_key(key.reveal())
                token = jwt.encode({"alg": algorithm}, dict(claims), signing, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError):
            # Without its cause: it may quote the key.
            raise UnusableKey(f"is {wanted} where the algorithm is {algorithm}") from None
        return Secret(token)
