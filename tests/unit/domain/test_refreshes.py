"""R5, C44 to C46: what may be sent again, how long to rest, and when it is the app that is ill."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import FlowFailed, ProviderError, ProviderProtocolError, ProviderUnavailable, ProviderUnreachable
from domain.refreshes import (
    FIRST_REST_SECONDS,
    LEAST_REFUSALS,
    LONGEST_REST_SECONDS,
    LOST_TWICE_REST_SECONDS,
    Allowance,
    Journal,
    Outcome,
    Presented,
    Sending,
    Tally,
    is_mass,
    may_repeat,
    outcome_of,
    rest_after,
    rest_seconds,
    sending,
    turn,
    unsettled,
)

TOKEN = Presented(token_fingerprint="a" * 64, secret_version=3)
fractions = st.floats(min_value=0, max_value=1)
failures = st.integers(min_value=1, max_value=10_000)
outcomes = st.sampled_from(Outcome)


def a_journal(*, sent: int, rested: bool = False, presented: Presented = TOKEN) -> Journal:
    return Journal(presented=presented, sent=sent, rested=rested)


@pytest.mark.parametrize(
    ("journal", "expected"),
    [
        (None, Sending.FIRST),
        (a_journal(sent=0), Sending.FIRST),
        (a_journal(sent=1), Sending.AGAIN),
        (a_journal(sent=2), Sending.NOT_NOW),
        (a_journal(sent=9), Sending.NOT_NOW),
        (a_journal(sent=1, rested=True), Sending.AFTER_REST),
        (a_journal(sent=2, rested=True), Sending.AFTER_REST),
    ],
)
def test_r5_whether_a_token_is_sent_rests_on_how_often_it_was(journal: Journal | None, expected: Sending) -> None:
    assert sending(journal, TOKEN) is expected


@pytest.mark.parametrize(
    "other",
    [Presented(token_fingerprint="b" * 64, secret_version=3), Presented(token_fingerprint="a" * 64, secret_version=4)],
)
def test_r5_what_is_journalled_of_another_token_or_version_does_not_count(other: Presented) -> None:
    assert sending(a_journal(sent=2, presented=other), TOKEN) is Sending.FIRST


@given(sent=st.integers(min_value=0, max_value=9), rested=st.booleans())
def test_r5_only_what_was_sent_once_is_repeated_at_once(sent: int, *, rested: bool) -> None:
    now = sending(a_journal(sent=sent, rested=rested), TOKEN)
    assert may_repeat(now) == (sent == 0)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ProviderUnreachable(), Outcome.NOTHING_SENT),
        (ProviderUnavailable(), Outcome.LOST),
        (ProviderUnavailable(status=500), Outcome.LOST),
        (ProviderUnavailable(status=503), Outcome.LOST),
        (ProviderUnavailable(status=429), Outcome.REFUSED_FOR_NOW),
        (ProviderProtocolError(), Outcome.UNREADABLE),
        (ProviderProtocolError(status=200), Outcome.UNREADABLE),
        (ProviderProtocolError(status=302), Outcome.UNREADABLE),
        (ProviderProtocolError(status=400), Outcome.REFUSED_FOR_NOW),
        (ProviderProtocolError(status=408), Outcome.REFUSED_FOR_NOW),
        (ProviderError(error="invalid_grant", status=400), Outcome.GRANT_OVER),
        (ProviderError(error="invalid_client", status=401), Outcome.CLIENT_REFUSED),
        (ProviderError(error="unauthorized_client", status=400), Outcome.CLIENT_REFUSED),
        (ProviderError(error="temporarily_unavailable", status=400), Outcome.REFUSED_FOR_NOW),
        (ProviderError(error="whatever", status=200), Outcome.REFUSED_FOR_NOW),
    ],
)
def test_c44_only_invalid_grant_ends_a_grant(error: FlowFailed, expected: Outcome) -> None:
    assert outcome_of(error) is expected


@given(outcome=outcomes, sent=st.integers(min_value=1, max_value=9), answered=st.booleans())
def test_a_refusal_takes_back_its_own_sending_alone(outcome: Outcome, sent: int, *, answered: bool) -> None:
    left = unsettled(outcome, sent=sent, answered=answered)
    is_settled = outcome not in {Outcome.LOST, Outcome.UNREADABLE}
    assert left == sent - 1 if is_settled else 1 <= left <= sent


@given(failures=failures, fraction=fractions, asked=st.none() | st.floats(min_value=0, max_value=1e12))
def test_c44_a_rest_is_bounded_and_at_least_what_was_asked_for(
    failures: int, fraction: float, asked: float | None
) -> None:
    seconds = rest_seconds(failures, fraction=fraction, asked=asked)
    assert FIRST_REST_SECONDS / 2 <= seconds <= LONGEST_REST_SECONDS
    assert seconds >= min(asked or 0, LONGEST_REST_SECONDS)


@given(failures=failures, fraction=fractions)
def test_c44_rests_grow(failures: int, fraction: float) -> None:
    assert rest_seconds(failures + 1, fraction=fraction) >= rest_seconds(failures, fraction=fraction)
    assert rest_seconds(failures, fraction=1) <= 2 * rest_seconds(failures, fraction=0)


@given(
    outcome=outcomes,
    answered=st.booleans(),
    sent=st.integers(min_value=0, max_value=9),
    failures=failures,
    fraction=fractions,
)
def test_r5_only_two_losses_without_any_answer_rest_long(
    outcome: Outcome, sent: int, failures: int, fraction: float, *, answered: bool
) -> None:
    rest = rest_after(outcome, answered=answered, sent=sent, failures=failures, fraction=fraction, asked=None)
    is_lost_twice = outcome is Outcome.LOST and not answered and sent >= 2
    assert (rest == LOST_TWICE_REST_SECONDS) == is_lost_twice


@given(refused=st.integers(min_value=0, max_value=100), renewed=st.integers(min_value=0, max_value=100))
def test_c46_an_app_is_ill_where_most_of_several_grants_are_refused(refused: int, renewed: int) -> None:
    assert is_mass(Tally(refused=refused, renewed=renewed)) == (refused >= LEAST_REFUSALS and refused > renewed)


@given(
    a_second=st.floats(min_value=1, max_value=1000),
    gaps=st.lists(st.floats(min_value=0, max_value=2), min_size=1, max_size=200),
)
def test_no_more_turns_are_given_than_the_allowance_has(a_second: float, gaps: list[float]) -> None:
    allowance, used_up, now, given_at = Allowance(at_once=1, a_second=a_second), None, 0.0, []
    for gap in gaps:
        now += gap
        used_up, wait = turn(used_up, now=now, allowance=allowance)
        given_at.append(now + wait)
    for begin in given_at:
        in_a_second = [at for at in given_at if begin <= at < begin + 1]
        assert len(in_a_second) <= 2 * a_second + 2  # one second's at once, and those of the second
