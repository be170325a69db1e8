"""Each guard taken out in turn: a history notices."""

import asyncio

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.histories.guards import Guard, unshielded
from tests.histories.history import HISTORIES
from tests.histories.test_refreshes import RefreshHistory

FIRST = settings(HISTORIES, max_examples=250, derandomize=True, phases=[Phase.generate])


@pytest.mark.parametrize("guard", Guard, ids=str)
def test_a_history_notices_that_a_guard_is_missing(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    if guard is Guard.SHIELD:
        monkeypatch.setattr(asyncio, "shield", unshielded)
    unguarded = type(f"Without{guard.name}", (RefreshHistory,), {"without": guard})
    # Without the shield a caller that goes away also cancels those who wait for the same refresh.
    with pytest.raises((AssertionError, asyncio.CancelledError)):
        run_state_machine_as_test(unguarded, settings=FIRST)
