"""Histories of flows: whatever fails, in whatever order, no grant is lost but in the window, nothing used twice."""

from collections import Counter

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from hypothesis.strategies import booleans, integers, sampled_from

from tests.histories.calls import How
from tests.histories.world import HISTORIES, JOBS, POSTGRES, VAULT, Connecting, World

REPLICAS = integers(min_value=0, max_value=2)
SOME = integers(min_value=0, max_value=50)
FAULTS = sampled_from([How.REFUSED, How.UNHEARD, How.UNANSWERED])


class FlowHistory(RuleBasedStateMachine):
    """Three replicas, two flows, and what may go wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.flows: list[Connecting] = []

    @initialize(how_many=integers(min_value=1, max_value=2))
    def users_approve(self, how_many: int) -> None:
        self.flows = [self.world.begin_flow() for _ in range(how_many)]

    @rule(at=REPLICAS, which=SOME)
    def a_callback_comes(self, at: int, which: int) -> None:
        running, flow = self.world.replicas[at], self.flows[which % len(self.flows)]
        work = running.container.finalise_connection()(flow.presenter(), flow.callback())
        self.world.start(running, work)

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
    @rule(which=SOME, how=FAULTS)
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

    @rule(seconds=sampled_from([0.1, 1, 10, 60]))
    def time_passes(self, seconds: float) -> None:
        self.world.loop.pass_by(seconds)

    @rule(at=REPLICAS, name=sampled_from(JOBS))
    def a_job_runs(self, at: int, name: str) -> None:
        running = self.world.replicas[at]
        self.world.start(running, running.container.jobs.kwargs[name]()())

    def teardown(self) -> None:
        try:
            if self.flows:
                self.all_is_well_again()
                self.check()
        finally:
            self.world.close()

    def all_is_well_again(self) -> None:
        self.world.finish()
        self.world.loop.pass_by(120)  # every deadline is over, and whoever waited for a store has asked again
        self.world.finish()
        for flow in self.flows:
            running = self.world.replicas[0]
            self.world.finished(running, running.container.finalise_connection()(flow.presenter(), flow.callback()))
        for _ in range(2):
            self.world.run_jobs()
            self.world.loop.pass_by(60)

    def check(self) -> None:
        noted = "\n".join(self.world.calls.noted)
        provider = self.world.provider
        codes = Counter(seen.code_sha256 for seen in provider.seen)
        assert all(times == 1 for times in codes.values()), noted
        lost = [g for g in provider.grants.all if g.access_token is not None and not self.world.is_in_vault(g)]
        assert {grant.grant_id for grant in lost} <= self.world.excused, noted
        assert self.world.credentials_in_vault() == self.world.recorded(), noted
        assert not self.world.sealed(), noted


TestFlowHistory = FlowHistory.TestCase
TestFlowHistory.settings = settings(parent=HISTORIES, max_examples=250)
