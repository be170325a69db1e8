import pytest

from domain.connections import TRANSITIONS, ConnectionEvent, ConnectionStatus, statuses_before


def test_every_status_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == set(ConnectionStatus)


def test_a_grant_that_was_thought_over_is_alive_where_a_newer_one_is_found() -> None:
    assert TRANSITIONS[ConnectionStatus.NEEDS_REAUTHORIZATION][ConnectionEvent.REFRESH] is ConnectionStatus.ACTIVE


@pytest.mark.parametrize("event", [event for event in ConnectionEvent if event is not ConnectionEvent.CONFIRM])
def test_nothing_happens_to_a_connection_that_is_being_deleted(event: ConnectionEvent) -> None:
    assert ConnectionStatus.DELETING not in statuses_before(event)


def test_what_is_kept_ahead_of_its_secret_is_there_once_that_is() -> None:
    assert TRANSITIONS[ConnectionStatus.DELETING] == {ConnectionEvent.CONFIRM: ConnectionStatus.ACTIVE}


def test_a_refresh_leaves_a_connection_active() -> None:
    assert TRANSITIONS[ConnectionStatus.ACTIVE][ConnectionEvent.REFRESH] is ConnectionStatus.ACTIVE
