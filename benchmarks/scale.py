"""How long a run takes: SCALE=full (some minutes, the default) or SCALE=smoke (seconds, for the checks)."""

import os

import attrs


@attrs.frozen(kw_only=True)
class Fresh:
    """So many connections whose tokens live so long, kept fresh for so long, once each was renewed."""

    connections: int
    life: int
    seconds: int


@attrs.frozen(kw_only=True)
class Scale:
    """Attributes: what the workloads take.

    Attributes:
        runs: How often each side has its turn.
        seconds: How long a closed loop's turn is.
        sustained_seconds: How long W6 goes on in all.
        connections: Of W1.
        flows: Of each turn of W2.
        storm: W3's callers.
        kills: Whether W3 also kills a holder, whose lease has to lapse then: half a minute.
        many: W4's larger number of connections.
        rounds: W4's measurements of each question.
        tokens: W5's in memory, and as many again are added.
        profile_seconds: How long a profile watches.
        fresh: What `fresh` keeps fresh.

    """

    name: str
    runs: int
    seconds: float
    sustained_seconds: float
    connections: int
    flows: int
    storm: int
    kills: bool
    many: int
    rounds: int
    tokens: int
    profile_seconds: int
    fresh: Fresh


_SCALES = {
    "full": Scale(
        name="full",
        runs=5,
        seconds=4,
        sustained_seconds=60,
        connections=10_000,
        flows=400,
        storm=1000,
        kills=True,
        many=1_000_000,
        rounds=101,
        tokens=10_000,
        profile_seconds=8,
        fresh=Fresh(connections=10_000, life=60, seconds=600),
    ),
    "smoke": Scale(
        name="smoke",
        runs=1,
        seconds=0.5,
        sustained_seconds=0.5,
        connections=100,
        flows=20,
        storm=30,
        kills=False,
        many=2000,
        rounds=5,
        tokens=100,
        profile_seconds=0,
        fresh=Fresh(connections=30, life=10, seconds=5),
    ),
}


def wanted_scale() -> Scale:
    """Raises ValueError for a scale that there is not."""
    name = os.environ.get("SCALE") or "full"
    if name not in _SCALES:
        raise ValueError(f"SCALE is {name!r}: say {' or '.join(_SCALES)}")
    return _SCALES[name]


def wanted_fresh(scale: Scale) -> Fresh:
    """The scale's, or as FRESH has it: ``connections`` or ``connections/seconds``. Raises ValueError for neither."""
    told = os.environ.get("FRESH") or str(scale.fresh.connections)
    connections, _, seconds = told.partition("/")
    return attrs.evolve(scale.fresh, connections=int(connections), seconds=int(seconds or scale.fresh.seconds))
