"""What is armed, as files in a folder: the test writes them, and the first process that reaches the step takes one.

A step is reached by a request, or by what goes on after its request is gone; jobs pass failpoints by unless told.
"""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Literal, get_args

import attrs

When = Literal["before", "after"]
Action = Literal[
    "kill",  # SIGKILL to the process itself
    "stop",  # SIGSTOP to itself; the test continues it
    "terminate",  # SIGTERM to the server that it belongs to, and go on
    "raise",  # an error that nobody expects: a defect
    "refuse",  # the port's own "not available"
    "hold",  # wait for the test's release
    "cancel",  # the request's task is cancelled, as for a caller that went away
]

_POLL_SECONDS = 0.02
_SECONDS = 30.0


@attrs.frozen
class Order:
    """What to do at a step: once, or at each call until it is disarmed; after passing it ``skip`` times."""

    action: Action
    always: bool = False
    skip: int = 0
    jobs: bool = False


@attrs.frozen
class Armed:
    """A failpoint, as the test that armed it holds it."""

    folder: Path
    name: str

    async def until_met(self) -> None:
        """Return once a process did what was ordered. TimeoutError: none came by."""
        async with asyncio.timeout(_SECONDS):
            while not self.is_met():  # noqa: ASYNC110 - another process sets it
                await asyncio.sleep(_POLL_SECONDS)

    def is_met(self) -> bool:
        return (self.folder / "met" / self.name).exists()

    def release(self) -> None:
        """Let what is held go on."""
        (self.folder / "released" / self.name).touch()

    def disarm(self) -> None:
        (self.folder / "armed" / self.name).unlink(missing_ok=True)


@attrs.frozen
class Failpoints:
    """The folder: the test's side arms, the process's side takes."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "Failpoints":
        for name in ("armed", "met", "released"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        return cls(folder)

    def arm(
        self, step: str, when: When, action: Action, *, always: bool = False, skip: int = 0, jobs: bool = False
    ) -> Armed:
        """The next call of the step meets it. ValueError: there is no such step, or no such action."""
        if step not in self.steps():
            raise ValueError(f"no step {step}: there are {', '.join(self.steps())}")
        if action not in get_args(Action):
            raise ValueError(f"no action {action}")
        armed = Armed(self.folder, f"{step}.{when}")
        for folder in ("met", "released"):
            (self.folder / folder / armed.name).unlink(missing_ok=True)
        order = Order(action=action, always=always, skip=skip, jobs=jobs)
        # Renamed into its place, so that no process reads half of it.
        written = self.folder / f"{armed.name}.new"
        written.write_text(json.dumps(attrs.asdict(order)))
        written.rename(self.folder / "armed" / armed.name)
        return armed

    def disarm_all(self) -> None:
        """Nothing fails from now on, and what is held goes on."""
        for name in [file.name for file in (self.folder / "armed").iterdir()]:
            Armed(self.folder, name).disarm()
        for name in [file.name for file in (self.folder / "met").iterdir()]:
            Armed(self.folder, name).release()

    def announce(self, steps: list[str]) -> None:
        """The process's word on which steps there are."""
        written = self.folder / "steps.new"
        written.write_text("\n".join(steps))
        written.rename(self.folder / "steps")

    def steps(self) -> list[str]:
        """Every step of the application that was started last."""
        file = self.folder / "steps"
        return file.read_text().splitlines() if file.exists() else []

    def take(self, name: str, *, job: bool) -> Order | None:
        """What is ordered here and now; of two processes at once, one gets it."""
        file = self.folder / "armed" / name
        try:
            order = Order(**json.loads(file.read_text()))
        except FileNotFoundError:
            return None
        if job and not order.jobs:
            return None
        if order.skip:
            passed = attrs.evolve(order, skip=order.skip - 1)
            file.write_text(json.dumps(attrs.asdict(passed)))
            return None
        if order.always:
            (self.folder / "met" / name).touch()
            return order
        with contextlib.suppress(FileNotFoundError):
            file.rename(self.folder / "met" / name)
            return order
        return None

    async def released(self, name: str) -> None:
        """Return once the test lets go what is held here."""
        while not (self.folder / "released" / name).exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(_POLL_SECONDS)
