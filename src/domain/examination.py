"""What is found when a dependency is looked at, and how bad it is."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum, auto

import attrs

_CLOCKS_APART = timedelta(seconds=2)
"""Further apart, tokens are taken for good, or for over, that are not."""


class State(StrEnum):
    OK = auto()
    ADVICE = auto()  # works, and should be otherwise
    WRONG = auto()
    UNREACHABLE = auto()  # nothing more can be said of it


@attrs.frozen
class Finding:
    """One thing that was looked at.

    Attributes:
        about: What, in a few words; the dependency first.
        words: How to mend it; what is right where it is.

    """

    about: str
    state: State
    words: str


def worst(findings: Iterable[Finding]) -> State:
    """The worst state of all, in the order in which they are declared."""
    order = list(State)
    return max((finding.state for finding in findings), key=order.index, default=State.OK)


def judge_clock(about: str, theirs: datetime, *, before: datetime, after: datetime) -> Finding:
    """Their time against ours, of which we know that it lay between these two when they told it."""
    if before - _CLOCKS_APART <= theirs <= after + _CLOCKS_APART:
        return Finding(about, State.OK, "agrees with this machine's clock")
    apart = abs((theirs - before).total_seconds())
    return Finding(
        about,
        State.WRONG,
        f"is {apart:.0f} s from this machine's clock. Keep both by NTP: whether a token is over is judged by it.",
    )
