"""Write ``faults.md`` from the matrix that the tests walk: `make docs`. A test holds that it is up to date."""

import sys
from collections.abc import Iterator
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parents[1]))

from tests.faults.matrix import CALLBACK, NO_STEP, REFRESH, End, Fault, Step  # noqa: E402 - found by the line above

PAGE = _HERE / "faults.md"

_HEAD = """# Faults, and what becomes of a grant

Each step of a callback and of a refresh is met by each of these faults, on real processes, a real Postgres and a real
OpenBao, with a provider that keeps a ledger of what it granted. Afterwards everything is made well again, and the
ledger compared with Vault and Postgres. In every case, besides what the table says: no secret is left without a
record and no record without its secret, nothing waits sealed, no code is sent twice, no refresh token more than twice
nor after a newer one of its connection was used, and what was answered is true.

`before` and `after` mean a step's effect: after a claim's commit, after the provider's answer, after Vault's write. A
process that is stopped goes on once another replica has taken over. Vault and Postgres go down at the step and come
back after the answer to the caller.

This page is generated from `tests/faults/matrix.py` by `make docs`. What is **bold** is tried at each change; the rest
by `make faults`.
"""


def page() -> str:
    """The page as it has to be."""
    tables = [*_table("A callback", CALLBACK), *_table("A refresh", REFRESH)]
    return "\n".join([_HEAD, *_legend(), *tables, *_no_steps()]) + "\n"


def _legend() -> Iterator[str]:
    yield "| word | meaning |"
    yield "|---|---|"
    for end in End:
        yield f"| **{end.word}** | {end.value} |"


def _table(title: str, steps: tuple[Step, ...]) -> Iterator[str]:
    yield f"\n## {title}\n"
    headings = [f"{step.name}: {step.does}" for step in steps]
    yield f"| fault | {' | '.join(headings)} |"
    yield "|---|" + "---|" * len(steps)
    for fault in Fault:
        yield f"| {fault} | {' | '.join(_cell(step, fault) for step in steps)} |"


def _no_steps() -> Iterator[str]:
    yield "\n## What is no step of its own\n"
    for name, why in NO_STEP.items():
        yield f"- **{name}** {why}"


def _cell(step: Step, fault: Fault) -> str:
    word = step.ends[fault].word
    return f"**{word}**" if fault in step.gate else word


if __name__ == "__main__":
    PAGE.write_text(page())
