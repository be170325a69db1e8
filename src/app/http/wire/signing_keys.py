"""Signing keys on the wire."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from app.http.wire.access import Name
from app.http.wire.body import Body
from domain.signing_keys import SigningKey


class CreateSigningKeyBody(Body):
    """A public key to register, as PEM or JWK, and the one algorithm it signs with: RS256, ES256 or EdDSA."""

    name: Name
    algorithm: str
    public_key: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)] | dict[str, Any]


class SigningKeyBody(Body):
    """A signing key; ``id`` is the ``kid`` of the tokens that it signs."""

    id: str
    name: str
    algorithm: str
    public_key: dict[str, Any]
    created_at: datetime

    @classmethod
    def of(cls, key: SigningKey) -> "SigningKeyBody":
        return cls(
            id=str(key.id),
            name=key.name,
            algorithm=key.algorithm,
            public_key=dict(key.jwk.members),
            created_at=key.created_at,
        )
