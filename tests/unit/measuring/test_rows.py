from benchmarks.profiles import costs
from benchmarks.rows import Goal, Row, Runs, at_least, at_most


def row(ours: list[float], reference: list[float] | None, goal: Goal | None, *, errors: int = 0) -> Row:
    told = Runs(reference) if reference is not None else None
    return Row(workload="W0", ours=Runs(ours), reference=told, goal=goal, errors=errors, told="")


def test_a_ratio_is_of_the_medians() -> None:
    assert row([1, 30, 5], [2, 2, 100], at_least(2)).ratio == 2.5


def test_a_goal_is_met_at_its_number() -> None:
    assert row([4], [2], at_least(2)).met
    assert row([4], [2], at_most(2)).met
    assert not row([4], [2], at_most(1.9)).met


def test_without_a_reference_the_number_itself_is_judged() -> None:
    assert row([1.5], None, at_most(2)).met
    assert row([1.5], None, at_most(2)).ratio is None


def test_an_error_fails_the_row_whatever_the_figures() -> None:
    assert not row([4], [2], at_least(2), errors=1).met


def test_without_a_goal_there_is_only_an_error_to_fail_it() -> None:
    assert row([4], [2], None).met
    assert not row([4], [2], None, errors=1).met
    assert row([4], [2], None).document()["goal"] is None


def test_a_reference_of_nothing_meets_no_goal() -> None:
    assert not row([4], [0], at_least(2)).met


def test_a_row_is_kept_with_the_members_that_the_results_promise() -> None:
    assert row([4], [2], at_least(2)).document() == {
        "workload": "W0",
        "ours": 4,
        "reference": 2,
        "ratio": 2,
        "goal": "≥ 2",
        "met": True,
    }


def test_a_sample_is_the_cost_of_its_innermost_piece_and_waiting_costs_nothing() -> None:
    raw = (
        "main (app/asgi.py:1);execute (psycopg/connection_async.py:9) 3\n"
        "main (app/asgi.py:1);request (hvac/adapters.py:9);dumps (json/__init__.py:1) 1\n"
        "main (app/asgi.py:1);select (selectors.py:468) 96\n"
    )
    assert [share for _, share in costs(raw)] == [0.75, 0.25]
