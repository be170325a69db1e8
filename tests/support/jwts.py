"""Keys, and tokens that they sign: right ones, and every kind of wrong one."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from domain.jwt import Jwk
from domain.secret import Secret


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def segment(members: object) -> str:
    return base64url(json.dumps(members).encode())


@attrs.frozen
class Signer:
    """A key pair and the algorithm it signs by."""

    algorithm: str
    key: Any

    @classmethod
    def make(cls, algorithm: str = "ES256") -> "Signer":
        match algorithm[:2]:
            case "RS" | "PS":
                return cls(algorithm, RSAKey.generate_key(2048))
            case "ES":
                curve = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm]
                return cls(algorithm, ECKey.generate_key(curve))
            case _:
                return cls(algorithm, OKPKey.generate_key("Ed25519"))

    def jwk(self, **members: str) -> Jwk:
        """The public half."""
        return Jwk({**self.key.as_dict(private=False), **members})

    def pem(self, *, private: bool = False) -> str:
        return str(self.key.as_pem(private=private).decode())

    def sign(self, claims: Mapping[str, Any], **header: Any) -> Secret:
        return self.sign_parts(segment({"alg": self.algorithm, "typ": "JWT"} | header), segment(claims))

    def sign_parts(self, header: str, claims: str) -> Secret:
        """Whatever the two parts are."""
        signed = f"{header}.{claims}"
        signature = JWSRegistry.algorithms[self.algorithm].sign(signed.encode(), self.key)
        return Secret(f"{signed}.{base64url(signature)}")
