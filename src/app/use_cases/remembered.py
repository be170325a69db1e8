"""What Postgres said, used from memory for as long as nobody can have revoked it unheard.

Rules:
- Proven is what was looked up while hints were heard, up to less than a second ago. All else is looked up again.
- Where Postgres itself does not answer, nobody can revoke anything either: what was proven is trusted for a while more.
- What is told during a look-up counts against it: its answer may be older than the hint, and is not kept.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import attrs

from domain.ports import Hints

Key = TypeVar("Key")
Value = TypeVar("Value")

SILENCE_SECONDS = 0.75
"""Three beats of the hints' heart; so a revocation holds everywhere within a second."""


@attrs.define(eq=False)
class Reading(Generic[Key]):
    """A look-up under way.

    Attributes:
        is_outdated: Whether a hint came meanwhile.

    """

    key: Key
    is_outdated: bool = False


@attrs.define(eq=False, kw_only=True)
class Remembered(Generic[Key, Value]):
    """At most ``most`` values; those that were not used for longest are forgotten first."""

    hints: Hints
    most: int
    grace_seconds: float
    _proven: OrderedDict[Key, Value] = attrs.field(factory=OrderedDict, init=False)
    _unproven: OrderedDict[Key, Value] = attrs.field(factory=OrderedDict, init=False)
    _readings: dict[Key, set[Reading[Key]]] = attrs.field(factory=dict, init=False)

    def get(self, key: Key) -> Value | None:
        """What is proven."""
        if key not in self._proven or not self.hints.heard_within(SILENCE_SECONDS):
            return None
        self._proven.move_to_end(key)
        return self._proven[key]

    def trusted(self, key: Key) -> Value | None:
        """What may be used where Postgres does not answer."""
        return self._proven.get(key) if self.hints.heard_within(SILENCE_SECONDS + self.grace_seconds) else None

    def last(self, key: Key) -> Value | None:
        """What was known last, for whoever has looked up that it is so still."""
        return self._proven.get(key) or self._unproven.get(key)

    @contextmanager
    def reading(self, key: Key) -> Iterator[Reading[Key]]:
        """A look-up; it begins before Postgres is asked."""
        reading = Reading(key)
        self._readings.setdefault(key, set()).add(reading)
        try:
            yield reading
        finally:
            readings = self._readings[key]
            readings.discard(reading)
            if not readings:
                del self._readings[key]

    def keep(self, reading: Reading[Key], value: Value) -> None:
        """What the look-up found, unless it is outdated."""
        if not reading.is_outdated:
            self.put(reading.key, value)

    def put(self, key: Key, value: Value) -> None:
        """What is known to be so now."""
        self._unproven.pop(key, None)
        self._proven[key] = value
        self._proven.move_to_end(key)
        while len(self._proven) + len(self._unproven) > self.most:
            (self._unproven or self._proven).popitem(last=False)

    def drop(self, key: Key) -> None:
        """It changed."""
        self._proven.pop(key, None)
        self._unproven.pop(key, None)
        for reading in self._readings.get(key, ()):
            reading.is_outdated = True

    def drop_where(self, changed: Callable[[Value], bool]) -> None:
        """Any of these changed; what is being looked up may be one of them."""
        for values in (self._proven, self._unproven):
            for key in [key for key, value in values.items() if changed(value)]:
                del values[key]
        self._outdate_readings()

    def missed(self) -> None:
        """Anything may have changed: all is to be looked up again."""
        self._unproven.update(self._proven)
        self._proven.clear()
        self._outdate_readings()

    def _outdate_readings(self) -> None:
        for readings in self._readings.values():
            for reading in readings:
                reading.is_outdated = True
