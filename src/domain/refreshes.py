"""Whether a refresh token may be sent, how long to rest after a failure, and when it is the app that is ill.

What is decided here rests on rows that every replica sees, and on the database's clock; see
``docs/explanation/refresh.md``. A *loss* is an answer that never came, or a 5xx: the token may have been spent.
"""

from enum import Enum, StrEnum, auto

import attrs

from domain.errors import FlowFailed, ProviderError, ProviderUnavailable, ProviderUnreachable

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


class Outcome(Enum):
    """What came of a token request that brought no grant."""

    NOTHING_SENT = auto()
    LOST = auto()
    UNREADABLE = auto()  # an answer of success that holds no grant: what became of the token is not known
    REFUSED_FOR_NOW = auto()  # and the token is as it was
    GRANT_OVER = auto()
    CLIENT_REFUSED = auto()


_CLIENT_ERRORS = frozenset({"invalid_client", "unauthorized_client"})
_REFUSALS_FROM = 400
_FAILURES_FROM = 500


def outcome_of(error: FlowFailed) -> Outcome:
    """Whatever is not known to end a grant is a passing refusal: a proxy's page, a word that no RFC has."""
    if isinstance(error, ProviderUnreachable):
        return Outcome.NOTHING_SENT
    if isinstance(error, ProviderError):
        if error.error in _CLIENT_ERRORS:
            return Outcome.CLIENT_REFUSED
        return Outcome.GRANT_OVER if error.error == "invalid_grant" else Outcome.REFUSED_FOR_NOW
    if error.status is None:
        return Outcome.LOST if isinstance(error, ProviderUnavailable) else Outcome.UNREADABLE
    if error.status >= _FAILURES_FROM:
        return Outcome.LOST
    return Outcome.REFUSED_FOR_NOW if error.status >= _REFUSALS_FROM else Outcome.UNREADABLE


def unsettled(outcome: Outcome, *, sent: int, answered: bool) -> int:
    """How often a token counts as sent without an answer that settles it, once it brought this outcome.

    A provider that answers a repetition with a failure was there to judge the token: it may be asked again after each
    rest, once. One that does not answer at all is not asked a third time before the long one.
    """
    if outcome in {Outcome.LOST, Outcome.UNREADABLE}:
        return min(sent, 1) if answered and outcome is Outcome.LOST else sent
    return sent - 1


def rest_after(
    outcome: Outcome, *, answered: bool, sent: int, failures: int, fraction: float, asked: float | None
) -> float:
    """For how long a connection rests; see ``rest_seconds`` for the members."""
    if outcome is Outcome.LOST and not answered and sent >= _AGAIN:
        return LOST_TWICE_REST_SECONDS
    return rest_seconds(failures, fraction=fraction, asked=asked)


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


@attrs.frozen
class Allowance:
    """How many refreshes at once, and how many begin in a second; as many as a second's may begin together."""

    at_once: int
    a_second: float


def turn(before: float | None, *, now: float, allowance: Allowance) -> tuple[float, float]:
    """When the turns given so far are used up, after this one; and for how many seconds to wait for it.

    ``before`` is what the last turn answered.
    """
    used_up = max(now if before is None else before, now) + 1 / allowance.a_second
    return used_up, max(0.0, used_up - now - 1)
