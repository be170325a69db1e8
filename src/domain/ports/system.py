"""Time, randomness, and what operators are told."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, in UTC and aware of it."""


class Entropy(Protocol):
    def randomness(self, size: int) -> bytes:
        """``size`` bytes from the operating system's generator."""


class EventLog(Protocol):
    def note(self, event: str, **fields: str) -> None:
        """Tell operators that this happened: a snake_case word and identifiers, nothing secret. Never raises."""
