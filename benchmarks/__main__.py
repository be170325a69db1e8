"""``make bench``: run the workloads, print one table, keep the results.

``W=W1`` runs one, ``W=fresh`` the one that takes ten minutes; ``SCALE=smoke`` takes seconds.
``GENERATOR`` names who asks: wrk, h2load or driver.
"""

import asyncio
import json
import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import fresh, w1_issue, w2_callback, w3_storm, w4_growth, w5_footprint, w6_keep_fresh
from benchmarks.plots import svg
from benchmarks.rows import Outcome, Row
from benchmarks.scale import wanted_scale
from benchmarks.scene import World, a_world
from benchmarks.stage import a_machine

RESULTS = Path(__file__).parent / "results"
WORKLOADS: Mapping[str, Callable[[World], Awaitable[Outcome]]] = {
    "W1": w1_issue.run,
    "W2": w2_callback.run,
    "W3": w3_storm.run,
    "W4": w4_growth.run,
    "W5": w5_footprint.run,
    "W6": w6_keep_fresh.run,
    "fresh": fresh.run,
}
_ONLY_BY_NAME = "fresh"

_HEADS = ("workload", "ours", "reference", "ratio", "goal", "met?", "")

console = Console(stderr=True, highlight=False)


async def main(results: Path) -> int:
    """0 where every workload ran to its end, whatever its figures; 1 where one did not."""
    scale, names = wanted_scale(), _wanted()
    outcomes: dict[str, Outcome] = {}
    async with a_machine() as machine, a_world(machine, scale, results) as world:
        for name in names:
            outcome = await _outcome(name, world)
            if outcome is not None:
                outcomes[name] = outcome
    rows = [row for outcome in outcomes.values() for row in outcome.rows]
    _keep(results, list(outcomes.values()))
    _print(rows)
    return 0 if len(outcomes) == len(names) else 1


async def _outcome(name: str, world: World) -> Outcome | None:
    """None where it broke, which is told and keeps nobody else from having a turn."""
    began = time.monotonic()
    console.print(f"{name} at {world.scale.name} scale …")
    try:
        outcome = await WORKLOADS[name](world)
    except Exception:  # noqa: BLE001 - whatever broke, the others go on
        console.print(f"{name} broke:\n{traceback.format_exc()}", markup=False)
        return None
    console.print(f"{name} took {time.monotonic() - began:.0f} s")
    return outcome


def _keep(results: Path, outcomes: Sequence[Outcome]) -> None:
    documents = [row.document() for outcome in outcomes for row in outcome.rows]
    (results / "latest.json").write_text(json.dumps(documents, indent=1, ensure_ascii=False) + "\n")
    for outcome in outcomes:
        for plot in outcome.plots:
            (results / f"{plot.file}.svg").write_text(svg(plot))
    profiles = [outcome.profile for outcome in outcomes if outcome.profile is not None]
    if profiles:
        (results / "profiles.md").write_text("\n\n".join(["# Profiles", *profiles, ""]))


def _wanted() -> Sequence[str]:
    """Raises ValueError for a workload that there is not."""
    usual = (name for name in WORKLOADS if name != _ONLY_BY_NAME)
    names = (os.environ.get("W") or ",".join(usual)).split(",")
    for name in names:
        if name not in WORKLOADS:
            raise ValueError(f"W is {name!r}: say one of {', '.join(WORKLOADS)}")
    return names


def _print(rows: Sequence[Row]) -> None:
    table = Table(*_HEADS)
    for row in rows:
        table.add_row(*row.cells())
    Console(width=200 if not sys.stdout.isatty() else None).print(table)


if __name__ == "__main__":
    kept_in = Path(os.environ.get("BENCH_RESULTS") or RESULTS)
    kept_in.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(main(kept_in)))
