"""What may happen in any history: calls go on or fail, replicas crash, callers go, servers go down, the time passes."""

import os
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from hypothesis.strategies import booleans, integers, sampled_from

from tests.histories.calls import How
from tests.histories.guards import Guard
from tests.histories.world import JOBS, POSTGRES, VAULT, World

REPLICAS = integers(min_value=0, max_value=2)
SOME = integers(min_value=0, max_value=50)
SOAK_MINUTES = float(os.environ.get("SOAK_MINUTES") or "0")
HISTORIES = settings(
    max_examples=int(SOAK_MINUTES * 300) or 250,
    derandomize=not SOAK_MINUTES,
    stateful_step_count=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),  # nothing here is a target to be optimised
    suppress_health_check=list(HealthCheck),
)
_FAULTS = sampled_from([How.REFUSED, How.UNHEARD, How.UNANSWERED])


class History(RuleBasedStateMachine):
    """Three replicas, and what may go wrong."""

    without: ClassVar[Guard | None] = None
    is_deleted = False

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.without)

    @precondition(lambda self: self.world.calls.waiting)
    @rule(which=SOME, calls=integers(min_value=1, max_value=8))
    def some_calls_go_on(self, which: int, calls: int) -> None:
        waiting = self.world.calls.waiting
        replica = waiting[which % len(waiting)].replica
        for _ in range(calls):
            of_replica = [call for call in self.world.calls.waiting if call.replica is replica]
            if not of_replica:
                return
            self.world.go_on(of_replica[0], How.WELL)

    @precondition(lambda self: self.world.calls.waiting)
    @rule(which=SOME, how=_FAULTS)
    def a_call_fails(self, which: int, how: How) -> None:
        waiting = self.world.calls.waiting
        self.world.go_on(waiting[which % len(waiting)], how)

    @rule(at=REPLICAS)
    def a_replica_crashes(self, at: int) -> None:
        self.world.crash(self.world.replicas[at])

    @rule(at=REPLICAS)
    def its_callers_go_away(self, at: int) -> None:
        for task in self.world.replicas[at].tasks:
            task.cancel()
        self.world.loop.settle()

    @rule(vault=booleans(), down=booleans())
    def a_server_goes_down_or_comes_back(self, *, vault: bool, down: bool) -> None:
        ports = set(VAULT if vault else POSTGRES)
        self.world.calls.down = self.world.calls.down | ports if down else self.world.calls.down - ports

    @rule(seconds=sampled_from([0.1, 1, 10, 65]))
    def time_passes(self, seconds: float) -> None:
        self.world.time_passes(seconds)

    @rule(at=REPLICAS, name=sampled_from(JOBS))
    def a_job_runs(self, at: int, name: str) -> None:
        running = self.world.replicas[at]
        self.world.start(running, running.container.jobs.kwargs[name]()())

    def teardown(self) -> None:
        try:
            self.all_is_well_again()
            self.check()
        finally:
            self.world.close()

    def all_is_well_again(self) -> None:
        """Every deadline is over, and whoever waited for a store has asked again."""
        self.world.finish()
        self.world.loop.pass_by(120)
        self.world.finish()
        self.what_callers_do_again()
        for _ in range(3):
            self.world.run_jobs()
            self.world.loop.pass_by(60)

    def what_callers_do_again(self) -> None:
        """Now that all is well."""

    def check(self) -> None:
        """No grant is lost but in the window; every secret has its record, every record its secret."""
        noted = "\n".join(self.world.calls.noted)
        for grant in self.world.issued():
            assert self.is_deleted or self.world.is_in_vault(grant) or self.world.is_excused(grant), noted
        assert self.world.credentials_in_vault() == self.world.recorded(), noted
        assert not self.world.sealed(), noted
        assert not self.world.witness.forbidden, (self.world.witness.forbidden, noted)
