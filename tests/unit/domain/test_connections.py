import pytest

from domain.connections import TRANSITIONS, ConnectionEvent, ConnectionStatus, statuses_before


def test_every_status_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == set(ConnectionStatus)


def test_a_grant_that_ended_is_refreshed_no_more() -> None:
    assert TRANSITIONS[ConnectionStatus.NEEDS_REAUTHORIZATION] == {}


@pytest.mark.parametrize("event", ConnectionEvent)
def test_every_event_happens_to_an_active_connection_alone(event: ConnectionEvent) -> None:
    assert statuses_before(event) == (ConnectionStatus.ACTIVE,)


def test_a_refresh_leaves_a_connection_active() -> None:
    assert TRANSITIONS[ConnectionStatus.ACTIVE][ConnectionEvent.REFRESH] is ConnectionStatus.ACTIVE
