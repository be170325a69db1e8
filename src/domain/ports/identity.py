"""JWTs, taken apart and verified."""

from collections.abc import Mapping
from typing import Protocol

from domain.jwt import Algorithm, Claims, Jwk, UnverifiedJwt
from domain.secret import Secret


class JwtVerifier(Protocol):
    """RFC 7515 in its compact form. Nothing but Unauthorized comes out of a token, whatever it is."""

    def peek(self, token: Secret) -> UnverifiedJwt:
        """What the token says of itself. Raises Unauthorized for what is no JWT of at most 16 KiB.

        Also for an algorithm that is none of ours, a ``crit``, a member that is there twice, and base64 that is padded
        or not canonical.
        """

    def verify(self, token: Secret, jwk: Jwk, algorithm: Algorithm) -> Claims:
        """The claims, signed by this key. The algorithm MUST be the header's, and one of this key's kind.

        Raises Unauthorized for another key's signature, another algorithm, and a key that cannot be used.
        """

    def read_public_key(self, written: str | Mapping[str, object], algorithm: Algorithm) -> Jwk:
        """The public key in a PEM or a JWK, as a JWK of its public members alone.

        Raises InvalidRequest for a private or symmetric key, one that is too short, or of another algorithm.
        """
