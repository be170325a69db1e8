"""Whether a refresh token may be sent, how long to rest after a failure, and when it is the app that is ill.

What is decided here rests on rows that every replica sees, and on the database's clock; see
``docs/explanation/refresh.md``. A *loss* is an answer that never came, or a 5xx: the token may have been spent.
"""

from enum import Enum, StrEnum, auto

import attrs

FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 300.0
LOST_TWICE_REST_SECONDS = 900.0
"""After a second loss: far beyond any provider's grace for a repetition, so what may be in flight has come by then."""

INCIDENT_REST_SECONDS = 15.0
"""Until one refresh may try whether the app is well again."""
INCIDENT_WINDOW_SECONDS = 60.0
LEAST_REFUSALS = 5
"""Fewer grants than that end in one minute where users take an app's access away one by one."""

_AGAIN = 2


@attrs.frozen(kw_only=True)
class Presented:
    """Which refresh token was sent: the one that the secret store had in this version. Nothing secret."""

    token_fingerprint: str
    secret_version: int


@attrs.frozen(kw_only=True)
class Journal:
    """What is known of the last refresh token that was sent for a connection.

    Attributes:
        sent: How often, without an answer that settles what became of it.
        rested: Whether a rest was laid down since it was last sent, and is over.

    """

    presented: Presented
    sent: int
    rested: bool


class Sending(Enum):
    """What may be done with a refresh token."""

    FIRST = auto()
    AGAIN = auto()  # what became of it is not known: once more, at once
    NOT_NOW = auto()  # lost twice: not before a long rest
    AFTER_REST = auto()  # once, and no repetition


def sending(journal: Journal | None, presented: Presented) -> Sending:
    """Whether this token may be sent, by what earlier holders of the lease left behind."""
    if journal is None or journal.presented != presented or journal.sent == 0:
        return Sending.FIRST
    if journal.rested:
        return Sending.AFTER_REST
    return Sending.AGAIN if journal.sent < _AGAIN else Sending.NOT_NOW


def may_repeat(now: Sending) -> bool:
    """Whether a loss of what was sent so is followed by a repetition at once."""
    return now is Sending.FIRST


def rest_seconds(failures: int, *, fraction: float, asked: float | None = None) -> float:
    """How long to rest after so many failures in a row, the last included: doubled each time, half of it jitter.

    ``fraction`` is random, from 0 to 1. What the provider ``asked`` for (Retry-After) is the least, up to the cap.
    """
    doubled = FIRST_REST_SECONDS * 2.0 ** min(max(failures, 1) - 1, 32)
    jittered = min(doubled, LONGEST_REST_SECONDS) * (1 + fraction) / 2
    return min(max(jittered, asked or 0.0), LONGEST_REST_SECONDS)


class Illness(StrEnum):
    """Why an app's connections are not refreshed for now."""

    CLIENT_REFUSED = "client_refused"
    MASS_INVALID_GRANT = "mass_invalid_grant"


@attrs.frozen(kw_only=True)
class Tally:
    """Of one client at its provider, within the window: grants that were refused, and such as were renewed."""

    refused: int
    renewed: int


def is_mass(tally: Tally) -> bool:
    """Whether so many grants were refused at once that it is the app, or its provider, and not their users.

    More than half of all refreshes: users who leave are few among those who stay, whereas a client that was made anew,
    a provider restored from a backup, or a changed secret of its own ends all of them within minutes.
    """
    return tally.refused >= LEAST_REFUSALS and tally.refused > tally.renewed
