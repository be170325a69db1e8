"""When a grant ends, and by when it is renewed so that it does not end for want of use."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from domain.ids import ConnectionId
from domain.oauth.client import OAuthClient
from domain.refresh_ahead import Foreseen, foresee
from domain.tokens import TokenGrant
from tests.support.domain_examples import a_grant, an_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CLIENT = OAuthClient(client_id="c", token_endpoint="https://provider.example/token")


def granted(**members: Any) -> TokenGrant:
    return a_grant(**{"obtained_at": NOW, "expires_at": None} | members)


def foreseen(grant: TokenGrant, *, idle: timedelta | None = None, absolute: timedelta | None = None) -> Foreseen:
    client = attrs.evolve(
        CLIENT,
        refresh_token_idle_lifetime=None if idle is None else int(idle.total_seconds()),
        refresh_token_absolute_lifetime=None if absolute is None else int(absolute.total_seconds()),
    )
    return foresee(grant, an_id(ConnectionId), client)


@pytest.mark.parametrize("expires_at", [None, NOW + 400 * DAY], ids=["without an end", "with a later end"])
def test_an_idle_grant_is_renewed_in_the_third_quarter_of_its_limit(expires_at: datetime | None) -> None:
    for _ in range(50):
        seen = foreseen(granted(expires_at=expires_at), idle=100 * DAY)
        assert seen.refresh_due_at is not None
        assert NOW + 50 * DAY <= seen.refresh_due_at < NOW + 75 * DAY
        assert (seen.idle_at, seen.final_at) == (NOW + 100 * DAY, None)


def test_a_token_that_ends_before_is_renewed_for_its_own_sake() -> None:
    seen = foreseen(granted(expires_at=NOW + DAY), idle=100 * DAY)
    assert seen.refresh_due_at is not None
    assert seen.refresh_due_at < NOW + DAY


def test_without_a_limit_a_token_without_an_end_is_left_alone() -> None:
    assert foreseen(granted()) == Foreseen(refresh_due_at=None, final_at=None, idle_at=None)


def test_an_absolute_limit_counts_from_when_the_user_allowed_it_and_is_no_reason_to_renew() -> None:
    first = granted()
    renewed = first.renewed_by(granted(obtained_at=NOW + 40 * DAY)).renewed_by(granted(obtained_at=NOW + 80 * DAY))
    for grant in (first, renewed):
        assert foreseen(grant, absolute=90 * DAY) == Foreseen(
            refresh_due_at=None, final_at=NOW + 90 * DAY, idle_at=None
        )


def test_an_end_that_the_provider_tells_is_final_until_a_renewal_puts_it_off() -> None:
    first = granted(grant_expires_at=NOW + 10 * DAY)
    seen = foreseen(first)
    assert (seen.final_at, seen.idle_at) == (NOW + 10 * DAY, None)
    assert seen.refresh_due_at is not None  # which shows whether it moves
    assert NOW + 5 * DAY <= seen.refresh_due_at < NOW + 7.5 * DAY
    moved = first.renewed_by(granted(obtained_at=NOW + DAY, grant_expires_at=NOW + 11 * DAY))
    seen = foreseen(moved)
    assert (seen.final_at, seen.idle_at) == (None, NOW + 11 * DAY)
    assert seen.refresh_due_at is not None
    assert NOW + 6 * DAY <= seen.refresh_due_at < NOW + 8.5 * DAY


@pytest.mark.parametrize(
    "answer",
    [
        {"grant_expires_at": NOW + 10 * DAY + timedelta(seconds=1)},
        {"grant_expires_at": None, "refresh_token": None},
    ],
    ids=["told again", "of the same refresh token"],
)
def test_an_end_that_stays_where_it_is_is_final_and_not_tried_again(answer: dict[str, Any]) -> None:
    first = granted(grant_expires_at=NOW + 10 * DAY)
    grant = first.renewed_by(granted(obtained_at=NOW + DAY, **answer))
    seen = foreseen(grant)
    assert (seen.refresh_due_at, seen.idle_at) == (None, None)
    assert seen.final_at == grant.grant_expires_at


def test_renewals_within_seconds_show_nothing() -> None:
    first = granted(grant_expires_at=NOW + 10 * DAY)
    second = timedelta(seconds=1)
    again = first.renewed_by(granted(obtained_at=NOW + second, grant_expires_at=NOW + 10 * DAY + second))
    assert again.grant_end_moves is None
    assert foreseen(again).final_at == again.grant_expires_at


def test_what_renewals_have_shown_is_kept_with_the_grant() -> None:
    first = granted(grant_expires_at=NOW + 10 * DAY)
    for end in (11, 10):
        grant = first.renewed_by(granted(obtained_at=NOW + DAY, grant_expires_at=NOW + end * DAY))
        assert TokenGrant.from_document(grant.to_document()) == grant


def test_without_a_refresh_token_nothing_is_foreseen() -> None:
    grant = granted(refresh_token=None, expires_at=NOW + DAY, grant_expires_at=NOW + DAY)
    assert foreseen(grant, idle=DAY, absolute=DAY) == Foreseen(refresh_due_at=None, final_at=None, idle_at=None)
