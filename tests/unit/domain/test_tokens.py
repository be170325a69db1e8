from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.ids import AttemptId
from domain.secret import Secret
from domain.tokens import TokenGrant, Unusable
from tests.unit.domain.examples import ANOTHER_ULID, NOW, ULID, a_grant

tokens = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1).map(Secret)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
grants = st.builds(
    TokenGrant,
    access_token=tokens,
    token_type=st.just("Bearer"),
    obtained_at=moments,
    expires_at=st.none() | moments,
    refresh_token=st.none() | tokens,
    scope=st.text(),
    attempt=st.sampled_from([AttemptId(ULID), AttemptId(ANOTHER_ULID)]),
)
MEMBERS = ["access_token", "token_type", "obtained_at", "expires_at", "refresh_token", "scope", "attempt"]


def lasting(seconds: float) -> TokenGrant:
    return a_grant(expires_at=NOW + timedelta(seconds=seconds))


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("age", "minimum_validity", "due"),
    [
        (0, 60, False),
        (3539, 60, False),
        (3540, 60, False),  # exactly as much as was asked for is enough
        (3541, 60, True),
        (3599, 0, False),
        (3600, 0, True),  # over is over, whatever was asked for
        (4000, 0, True),
        (0, 3599, False),
        (2, 3599, True),
    ],
)
def test_a_token_is_due_when_less_than_asked_for_is_left(age: float, minimum_validity: float, *, due: bool) -> None:
    assert lasting(3600).is_due(after(age), minimum_validity=minimum_validity) is due


@pytest.mark.parametrize(
    ("age", "due"), [(0, False), (1, False), (3239, False), (3240, False), (3241, True), (3600, True)]
)
def test_asked_for_more_than_its_life_a_token_is_due_after_nine_tenths_of_it(age: float, *, due: bool) -> None:
    assert lasting(3600).is_due(after(age), minimum_validity=3600) is due
    assert lasting(3600).is_due(after(age), minimum_validity=7200) is due


@given(
    life=st.integers(1, 10**7),
    asked=st.floats(0, 10**9),
    ages=st.lists(st.floats(0, 1, exclude_max=True), min_size=2, max_size=2),
)
def test_what_is_asked_beyond_a_tokens_life_never_makes_it_due_before_nine_tenths(
    life: int, asked: float, ages: list[float]
) -> None:
    assume(asked >= life)
    now = after(life * 0.9 * min(ages))
    assert not lasting(life).is_due(now, minimum_validity=asked)


@given(life=st.integers(1, 10**7), asked=st.floats(0, 10**9), age=st.floats(0, 2 * 10**7))
def test_a_token_that_is_not_due_is_never_over(life: int, asked: float, age: float) -> None:
    grant = lasting(life)
    left = grant.seconds_left(after(age))
    assert left is not None
    if not grant.is_due(after(age), minimum_validity=asked):
        assert left > 0
        assert left >= min(asked, life / 10)


@given(life=st.integers(0, 10**7), asked=st.floats(0, 10**9), age=st.floats(0, 10**7), later=st.floats(0, 10**7))
def test_what_is_due_stays_due(life: int, asked: float, age: float, later: float) -> None:
    if lasting(life).is_due(after(age), minimum_validity=asked):
        assert lasting(life).is_due(after(age) + timedelta(seconds=later), minimum_validity=asked)


@pytest.mark.parametrize("life", [0, -5])
def test_a_token_without_any_life_is_due_at_once(life: float) -> None:
    assert lasting(life).is_due(NOW, minimum_validity=0)
    assert lasting(life).is_due(NOW, minimum_validity=60)


@given(now=moments, asked=st.floats(0, 10**9))
def test_a_token_whose_end_is_not_known_is_never_due(now: datetime, asked: float) -> None:
    grant = a_grant(expires_at=None)
    assert not grant.is_due(now, minimum_validity=asked)
    assert grant.seconds_left(now) is None


def test_seconds_left_are_negative_afterwards() -> None:
    assert lasting(60).seconds_left(after(90)) == -30


def test_rfc6749_6_a_renewed_grant_keeps_its_refresh_token_where_none_came() -> None:
    newer = a_grant(access_token=Secret("newer"), refresh_token=None)
    renewed = a_grant().renewed_by(newer)
    assert renewed.refresh_token == Secret("the-refresh-token")
    assert renewed.access_token == Secret("newer")


def test_rfc6749_6_a_new_refresh_token_replaces_the_old() -> None:
    newer = a_grant(refresh_token=Secret("rotated"))
    before = a_grant()
    assert before.renewed_by(newer) == attrs.evolve(newer, granted_at=before.obtained_at)


def test_a_grant_that_never_had_a_refresh_token_gets_none() -> None:
    assert a_grant(refresh_token=None).renewed_by(a_grant(refresh_token=None)).refresh_token is None


@given(grant=grants)
def test_a_grant_reads_back_from_its_document_as_it_was(grant: TokenGrant) -> None:
    assert TokenGrant.from_document(grant.to_document()) == grant


@given(grant=grants)
def test_a_document_holds_only_members_that_are_known(grant: TokenGrant) -> None:
    document = grant.to_document()
    assert set(document) <= set(MEMBERS)
    assert ("refresh_token" in document) is (grant.refresh_token is not None)
    assert ("expires_at" in document) is (grant.expires_at is not None)


@given(document=st.dictionaries(st.sampled_from(MEMBERS) | st.text(), st.text().map(Secret)))
def test_whatever_stands_in_a_document_it_is_a_grant_or_unusable(document: dict[str, Secret]) -> None:
    read = TokenGrant.from_document(document)
    assert isinstance(read, TokenGrant | Unusable)
    assert not isinstance(read, Unusable) or read.errors


@given(grant=grants, name=st.sampled_from(MEMBERS), junk=st.text())
def test_a_document_with_one_member_spoilt_raises_nothing(grant: TokenGrant, name: str, junk: str) -> None:
    read = TokenGrant.from_document(dict(grant.to_document()) | {name: Secret(junk)})
    assert isinstance(read, TokenGrant | Unusable)


@pytest.mark.parametrize("name", ["access_token", "token_type", "obtained_at", "attempt"])
def test_a_document_without_what_every_grant_has_is_unusable_and_says_so(name: str) -> None:
    document = {member: value for member, value in a_grant().to_document().items() if member != name}
    read = TokenGrant.from_document(document)
    assert isinstance(read, Unusable)
    assert [error.field for error in read.errors] == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("obtained_at", "yesterday"),
        ("obtained_at", ""),
        ("obtained_at", "1762344000"),
        ("expires_at", "never"),
        ("expires_at", ""),
        ("attempt", "mine"),
        ("attempt", ULID + "\n"),
        ("access_token", ""),
        ("access_token", "token\n"),  # as `vault kv put … access_token=@file` makes it
        ("access_token", "token\r\nX-Injected: 1"),
        ("access_token", "t\u00f6ken"),
        ("refresh_token", ""),
        ("refresh_token", "token\n"),
        ("token_type", ""),
    ],
)
def test_a_malformed_document_is_unusable_and_quotes_nothing(name: str, value: str) -> None:
    read = TokenGrant.from_document(dict(a_grant().to_document()) | {name: Secret(value)})
    assert isinstance(read, Unusable)
    assert not value or value not in repr(read)


def test_members_of_somebody_elses_are_passed_over() -> None:
    document = dict(a_grant().to_document()) | {"comment": Secret("do not touch")}
    assert TokenGrant.from_document(document) == a_grant()


def test_a_time_without_a_zone_is_utc() -> None:
    document = dict(a_grant().to_document()) | {"expires_at": Secret("2026-11-05T13:00:00")}
    read = TokenGrant.from_document(document)
    assert isinstance(read, TokenGrant)
    assert read.expires_at == NOW + timedelta(hours=1)
    assert not read.is_due(NOW, minimum_validity=60)


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    there = (NOW + timedelta(hours=1)).astimezone(timezone(timedelta(hours=9)))
    document = dict(a_grant().to_document()) | {"expires_at": Secret(there.isoformat())}
    read = TokenGrant.from_document(document)
    assert isinstance(read, TokenGrant)
    assert read.seconds_left(NOW) == 3600


def test_a_grant_that_is_printed_tells_no_token() -> None:
    assert "the-" not in repr(a_grant())
    assert "the-" not in repr(a_grant().to_document())
