"""Identifiers and secrets, made of the clock and of randomness."""

import base64
from typing import TypeVar

import attrs

from domain.ids import Ulid
from domain.ports import Clock, Entropy
from domain.secret import Secret

AnyUlid = TypeVar("AnyUlid", bound=Ulid)

_SECRET_BYTES = 32  # 256 bits, 43 characters: as a code_verifier, the least that RFC 7636 §4.1 allows


@attrs.frozen
class Mint:
    clock: Clock
    entropy: Entropy

    def ulid(self, kind: type[AnyUlid]) -> AnyUlid:
        """A new identifier of this kind."""
        return kind.of(self.clock.now(), randomness=self.entropy.randomness(10))

    def secret(self, *, prefix: str = "") -> Secret:
        """256 random bits in base64url."""
        return Secret(prefix + base64.urlsafe_b64encode(self.entropy.randomness(_SECRET_BYTES)).rstrip(b"=").decode())
