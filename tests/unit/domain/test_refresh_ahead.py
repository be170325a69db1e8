from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import ConnectionId
from domain.oauth.client import OAuthClient
from domain.refresh_ahead import foresee
from domain.tokens import DEFAULT_VALIDITY_SECONDS
from tests.support.domain_examples import a_grant, an_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLIENT = OAuthClient(client_id="c", token_endpoint="https://provider.example/token")


def due(*, life: timedelta, connection_id: ConnectionId | None = None) -> datetime:
    grant = a_grant(obtained_at=NOW, expires_at=NOW + life)
    at = foresee(grant, connection_id or an_id(ConnectionId), CLIENT).refresh_due_at
    assert at is not None
    return at


@given(seconds=st.integers(min_value=1, max_value=10**7))
def test_a_token_is_due_in_its_life_and_before_its_callers_would_have_it_renewed(seconds: int) -> None:
    life, connection_id = timedelta(seconds=seconds), an_id(ConnectionId)
    at = due(life=life, connection_id=connection_id)
    assert NOW + life / 2 <= at < NOW + life
    grant = a_grant(obtained_at=NOW, expires_at=NOW + life)
    if seconds > 4 * DEFAULT_VALIDITY_SECONDS:
        assert not grant.is_due(at, minimum_validity=DEFAULT_VALIDITY_SECONDS)


def test_tokens_that_were_obtained_together_are_spread_over_most_of_the_last_fifth() -> None:
    places = sorted((due(life=HOUR) - NOW) / HOUR for _ in range(400))
    assert places[0] < 0.80
    assert places[-1] > 0.91
    assert all(0.78 < place < 0.94 for place in places)


def test_a_connection_has_the_same_place_each_time() -> None:
    connection_id = an_id(ConnectionId)
    assert due(life=HOUR, connection_id=connection_id) == due(life=HOUR, connection_id=connection_id)


@pytest.mark.parametrize("members", [{"refresh_token": None}, {"expires_at": None}, {"expires_at": NOW}])
def test_what_cannot_be_renewed_or_does_not_end_is_never_due(members: dict[str, object]) -> None:
    grant = a_grant(**({"obtained_at": NOW, "expires_at": NOW + HOUR} | members))
    assert foresee(grant, an_id(ConnectionId), CLIENT).refresh_due_at is None
