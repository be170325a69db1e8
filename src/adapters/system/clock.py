from datetime import UTC, datetime


class SystemClock:
    """A Clock: the machine's own."""

    def now(self) -> datetime:
        return datetime.now(UTC)
