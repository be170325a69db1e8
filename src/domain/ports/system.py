"""Time, randomness, what operators are told, and which request it is all done for."""

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


class Correlation(Protocol):
    """Joins our log with Vault's and a provider's: what is sent to either names the request that it is sent for."""

    def request_id(self) -> str | None:
        """The id of the request that is being answered, also in work that outlives it; None in a job."""
