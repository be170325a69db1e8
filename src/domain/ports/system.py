"""Time and randomness."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, in UTC and aware of it."""


class Entropy(Protocol):
    def randomness(self, size: int) -> bytes:
        """``size`` bytes from the operating system's generator."""
