"""Who sent which key or token, remembered by its fingerprint and never beyond its own end."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Self

import attrs

from app.use_cases.remembered import Reading, Remembered
from domain.access import Principal
from domain.ids import ApiKeyId, SigningKeyId
from domain.ports import Clock, Hint, HintKind, Hints
from domain.secret import Secret

_MOST = 10_000


@attrs.frozen(kw_only=True)
class Known:
    """Somebody who was let in.

    Attributes:
        by: The key that says so, of ours or of the organisation's; None for an issuer's.
        until: When it says so no longer; None where that is not for a time to say.

    """

    principal: Principal
    by: ApiKeyId | SigningKeyId | None
    until: datetime | None


@attrs.frozen
class KnownPrincipals:
    """A HintListener over a memory; made by ``of``, one for a process."""

    clock: Clock
    memory: Remembered[str, Known]

    @classmethod
    def of(cls, clock: Clock, hints: Hints, *, grace_seconds: float) -> Self:
        known = cls(clock, Remembered(hints=hints, most=_MOST, grace_seconds=grace_seconds))
        hints.subscribe(known)
        return known

    def get(self, key: str) -> Principal | None:
        """Whose it is, as is proven."""
        return self._current(self.memory.get(key))

    def trusted(self, key: str) -> Principal | None:
        """Whose it is, where Postgres does not answer."""
        return self._current(self.memory.trusted(key))

    def reading(self, key: str) -> AbstractContextManager[Reading[str]]:
        """A look-up; it begins before Postgres is asked."""
        return self.memory.reading(key)

    def keep(self, reading: Reading[str], known: Known) -> None:
        self.memory.keep(reading, known)

    def told(self, hint: Hint) -> None:
        if hint.kind in {HintKind.API_KEY, HintKind.SIGNING_KEY}:
            self.memory.drop_where(lambda known: known.by == hint.id)
        elif hint.kind is HintKind.ORGANISATION:
            self.memory.drop_where(lambda known: known.principal.organisation_id == hint.id)

    def missed(self) -> None:
        self.memory.missed()

    def _current(self, known: Known | None) -> Principal | None:
        if known is None or (known.until is not None and known.until <= self.clock.now()):
            return None
        return known.principal


def memory_key(scheme: str, sent: Secret) -> str:
    """What was sent, as it is remembered: with its scheme, which decides who may have signed it."""
    return f"{scheme} {sent.fingerprint()}"
