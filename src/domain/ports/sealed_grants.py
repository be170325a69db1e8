"""Grants that the secret store has not taken yet: sealed so that it alone opens them, and kept in the database."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import attrs

from domain.ids import AttemptId
from domain.ports.secrets import SecretPath, SecretStoreUnavailable
from domain.secret import Secret


class SetAside(StrEnum):
    """Why a sealed grant is not drained any more; it is kept, for a person to look at."""

    UNOPENED = "unopened"  # what it was sealed to does not open it
    SUPERSEDED = "superseded"  # its version in the secret store is another grant's


@attrs.frozen(kw_only=True)
class SealedGrant:
    """A document that the secret store alone opens, and where it belongs.

    Attributes:
        version: The one that it will have at its path: it replaces the version before.
        attempt: The claim or the refresh that obtained what is in it.
        sealed_key: The key of ``ciphertext``, as the secret store opens it.

    """

    path: SecretPath
    version: int
    attempt: AttemptId
    sealed_key: str = attrs.field(repr=False)
    ciphertext: bytes = attrs.field(repr=False)
    set_aside: SetAside | None = None


class Unsealable(Exception):
    """It does not open, and never will by itself: junk, moved from another place, or its key is gone."""


class Sealer(Protocol):
    """Seals without asking the secret store, to a key that only the store has the other half of."""

    async def ready(self) -> None:
        """Return when ``seal`` has all that it needs. Raises SecretStoreUnavailable."""

    def seal(
        self, path: SecretPath, document: Mapping[str, Secret], *, version: int, attempt: AttemptId
    ) -> SealedGrant:
        """The document, sealed for this place: it opens at no other path, in no other version, for no other attempt.

        Raises SecretStoreUnavailable where ``ready`` never returned.
        """

    async def open(self, sealed: SealedGrant) -> Mapping[str, Secret]:
        """The document. Raises Unsealable, and SecretStoreUnavailable where that cannot be told now."""


class SealedGrantTaken(SecretStoreUnavailable):
    """A token of this connection is being stored. Send the same request again in some seconds."""


@attrs.frozen(kw_only=True)
class Backlog:
    """Of all organisations: how many sealed grants wait, how many are set aside, and for how long the oldest waits."""

    waiting: int
    set_aside: int
    seconds: float


class SealedGrantStore(Protocol):
    """Sealed grants by path, each until the secret store has it.

    Whoever is about to write one to the secret store has it taken meanwhile: what is to be destroyed for good is not
    destroyed under a writer's hands. None is there without something that it belongs to: a flow that is not over for
    good, or a credential that is not being removed.
    """

    async def add(self, sealed: SealedGrant, *, seconds: float) -> None:
        """Keep it, taken for these seconds. Twice is as once. Raises NotFound where it belongs to nothing any more."""

    async def of(self, path: SecretPath) -> Sequence[SealedGrant]:
        """All of this path, set aside or not, the lowest version first."""

    async def take(self, sealed: SealedGrant, *, seconds: float) -> bool:
        """Have it for these seconds; False where it is gone or set aside. Raises SealedGrantTaken.

        MUST be atomic: of two at once, one has it.
        """

    async def take_waiting(self, *, first: int, seconds: float) -> Sequence[SealedGrant]:
        """At most ``first`` that nobody has, of each path the lowest version alone, the longest kept first.

        MUST be atomic: of two at once, none is taken by both. MUST cost what waits.
        """

    async def release(self, sealed: SealedGrant) -> None:
        """It is taken no more, and is still there."""

    async def remove(self, sealed: SealedGrant) -> bool:
        """The secret store has it. Twice is as once.

        False where it was given up meanwhile: what was written came after the end of what it belonged to.
        """

    async def set_aside(self, sealed: SealedGrant, why: SetAside) -> None:
        """It is taken no more, nor ever again, and is still there."""

    async def give_up(self, path: SecretPath) -> None:
        """Remove all of this path, for its secret is about to be destroyed. Raises SealedGrantTaken, and leaves it."""

    async def backlog(self) -> Backlog:
        """How it stands. MUST cost what waits or is set aside."""
