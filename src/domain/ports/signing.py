"""Signatures of ours."""

from collections.abc import Mapping
from typing import Protocol

from domain.secret import Secret


class UnusableKey(Exception):
    """The key cannot sign with that algorithm. The message says what it has to be, and nothing of what it is."""


class JwtSigner(Protocol):
    """Makes JWTs (RFC 7519) in the JWS compact serialisation (RFC 7515 §7.1)."""

    def sign(self, claims: Mapping[str, object], *, algorithm: str, key: Secret) -> Secret:
        """The JWT, its header ``alg`` and ``typ: JWT`` alone.

        ``algorithm`` is one of ``auth_configs.JWT_ALGORITHMS``; the key is a shared secret for HS, a private key in
        PEM or as a JWK for the others. Raises UnusableKey.
        """
