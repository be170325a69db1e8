"""Whose processor time an operation takes: where two cores carry everything, that is what a rate is made of."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import psutil

Spent: TypeAlias = Mapping[str, float]
"""The processor's seconds, user and system, by kind of process."""

# The processes that this one starts, by a word of their command.
_KINDS: Mapping[str, str] = {
    "serve": "service",
    "benchmarks.floors.callback": "the floor's own",
    "benchmarks.floors.refresh": "the floor's own",
    "benchmarks.floors.naive_refresh": "the floor's own",
    "postgres": "Postgres",
    "bao": "OpenBao",
    "benchmarks.provider": "provider",
    "benchmarks.driver": "generator",
}


def meter() -> Callable[[], Spent]:
    """Begin to count; what it answers tells what was spent since, processes that have ended included."""
    before = _taken()

    def spent() -> Spent:
        return {kind: seconds - before.get(kind, 0.0) for kind, seconds in _taken().items()}

    return spent


def milliseconds_each(spent: Sequence[Spent], done: int) -> str:
    """What each of what was done took, in words."""
    kinds = {kind: sum(one.get(kind, 0.0) for one in spent) for kind in dict.fromkeys(_KINDS.values())}
    told = [f"{kind} {1000 * seconds / max(1, done):.3g}" for kind, seconds in kinds.items() if seconds]
    return f"{', '.join(told)}, in all {1000 * sum(kinds.values()) / max(1, done):.3g} ms of processor time each"


def _taken() -> Spent:
    ended = psutil.Process().cpu_times()  # of all processes generators alone end while something is measured
    taken: dict[str, float] = defaultdict(float, generator=ended.children_user + ended.children_system)
    for child in psutil.Process().children():
        kind = _kind(child)
        if kind is not None:
            taken[kind] += sum(map(_seconds, (child, *child.children(recursive=True))))
    return taken


def _kind(child: psutil.Process) -> str | None:
    words = {Path(word).name for word in child.cmdline()}
    return next((kind for word, kind in _KINDS.items() if word in words), None)


def _seconds(process: psutil.Process) -> float:
    """Its own, and those of its children that have ended."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:  # its parent has its time by now, or will have
        return 0.0
    return times.user + times.system + times.children_user + times.children_system
