"""Histories of flows: whatever fails, in whatever order, no grant is lost but in the window, nothing used twice."""

from collections import Counter

from hypothesis.stateful import initialize, rule
from hypothesis.strategies import integers

from tests.histories.history import HISTORIES, REPLICAS, SOME, History
from tests.histories.world import Connecting


class FlowHistory(History):
    """Callbacks of one or two flows, at any replica, any number of times."""

    def __init__(self) -> None:
        super().__init__()
        self.flows: list[Connecting] = []

    @initialize(how_many=integers(min_value=1, max_value=2))
    def users_approve(self, how_many: int) -> None:
        self.flows = [self.world.begin_flow() for _ in range(how_many)]

    @rule(at=REPLICAS, which=SOME)
    def a_callback_comes(self, at: int, which: int) -> None:
        running, flow = self.world.replicas[at], self.flows[which % len(self.flows)]
        work = running.container.finalise_connection()(flow.presenter(), flow.callback())
        self.world.start(running, work)

    def what_callers_do_again(self) -> None:
        for flow in self.flows:
            running = self.world.replicas[0]
            self.world.finished(running, running.container.finalise_connection()(flow.presenter(), flow.callback()))

    def check(self) -> None:
        super().check()
        codes = Counter(seen.code_sha256 for seen in self.world.provider.seen)
        assert all(times == 1 for times in codes.values()), "\n".join(self.world.calls.noted)


TestFlowHistory = FlowHistory.TestCase
TestFlowHistory.settings = HISTORIES
