"""What is told of a workload: one row for each thing that has a goal, from runs that took turns."""

import statistics
from collections.abc import Sequence
from typing import Any

import attrs

_LONG = 100


@attrs.frozen
class Goal:
    """What a number must reach."""

    number: float
    at_least: bool

    def is_met(self, number: float) -> bool:
        return number >= self.number if self.at_least else number <= self.number

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.number:g}"


def at_least(number: float) -> Goal:
    return Goal(number, at_least=True)


def at_most(number: float) -> Goal:
    return Goal(number, at_least=False)


@attrs.frozen
class Runs:
    """The same number of several runs."""

    numbers: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.numbers)

    def __str__(self) -> str:
        shown = shown_number(self.median)
        if len(self.numbers) == 1:
            return shown
        return f"{shown} ({shown_number(min(self.numbers))}-{shown_number(max(self.numbers))})"


@attrs.frozen(kw_only=True)
class Row:
    """A line of the table.

    Attributes:
        reference: What ours is held against; None where the goal is a number of its own.
        goal: None where the figure is told for comparison alone.
        errors: What went wrong on either side: with any, the goal is not met.
        told: Requests, errors, retries, and what else a reader should know.

    """

    workload: str
    ours: Runs
    reference: Runs | None
    goal: Goal | None
    errors: int
    told: str

    @property
    def ratio(self) -> float | None:
        if self.reference is None:
            return None
        return self.ours.median / self.reference.median if self.reference.median else 0.0  # which is an error, too

    @property
    def met(self) -> bool:
        """Without a goal: whether nothing went wrong."""
        judged = self.ours.median if self.ratio is None else self.ratio
        return self.errors == 0 and (self.goal is None or self.goal.is_met(judged))

    def document(self) -> dict[str, Any]:
        """The row as ``results/latest.json`` has it."""
        return {
            "workload": self.workload,
            "ours": round(self.ours.median, 4),
            "reference": None if self.reference is None else round(self.reference.median, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "goal": None if self.goal is None else str(self.goal),
            "met": self.met,
        }

    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        reference = "" if self.reference is None else str(self.reference)
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        goal, met = "" if self.goal is None else str(self.goal), "yes" if self.met else "no"
        return (self.workload, str(self.ours), reference, ratio, goal, met, self.told)


@attrs.frozen(kw_only=True)
class Curve:
    """A plot's line: points of x and y."""

    name: str
    points: Sequence[tuple[float, float]]


@attrs.frozen(kw_only=True)
class Plot:
    """What is drawn as ``results/<file>.svg``."""

    file: str
    title: str
    x: str
    y: str
    curves: Sequence[Curve]


@attrs.frozen(kw_only=True)
class Outcome:
    """All that a workload tells."""

    rows: Sequence[Row]
    plots: Sequence[Plot] = ()
    profile: str | None = None


def percentile(numbers: Sequence[float], share: float) -> float:
    """The smallest number that at least that share of them does not exceed."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def distribution(name: str, numbers: Sequence[float]) -> Curve:
    """The percentiles of seconds, in milliseconds."""
    shares = [share / 100 for share in range(0, 100, 2)] + [0.99, 0.995, 0.999]
    return Curve(name=name, points=[(100 * share, 1000 * percentile(numbers, share)) for share in shares])


def shown_number(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= _LONG else f"{number:.3g}"
