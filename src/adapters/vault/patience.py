"""How we wait for a standby that is some milliseconds behind: often, and not for long."""

import time
from collections.abc import Iterator

_FIRST_SECONDS = 0.01
_LONGEST_SECONDS = 0.05
_ENOUGH_SECONDS = 1.0


def pauses() -> Iterator[float]:
    """Seconds to sleep between attempts, from 10 to 50 ms, until a second has passed."""
    over_at = time.monotonic() + _ENOUGH_SECONDS
    pause = _FIRST_SECONDS
    while time.monotonic() < over_at:
        yield pause
        pause = min(pause * 1.5, _LONGEST_SECONDS)
