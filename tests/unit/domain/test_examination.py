from datetime import UTC, datetime, timedelta

import pytest

from domain.examination import Finding, State, judge_clock, worst

NOW = datetime(2020, 2, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("theirs", "state"),
    [
        (NOW, State.OK),
        (NOW - 2 * SECOND, State.OK),
        (NOW + 3 * SECOND, State.OK),
        (NOW - 3 * SECOND, State.WRONG),
        (NOW + 4 * SECOND, State.WRONG),
    ],
)
def test_a_clock_is_judged_by_when_it_may_have_been_read(theirs: datetime, state: State) -> None:
    assert judge_clock("a clock", theirs, before=NOW, after=NOW + SECOND).state is state


def test_the_worst_of_all_counts() -> None:
    assert worst(Finding("a", state, "") for state in (State.OK, State.UNREACHABLE, State.WRONG)) is State.UNREACHABLE
    assert worst([]) is State.OK
