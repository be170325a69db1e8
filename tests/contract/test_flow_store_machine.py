"""Whatever happens to a flow in whatever order, its store follows the table of ``domain.flows`` and the clock."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import sampled_from

from domain.errors import NotFound
from domain.flows import TRANSITIONS, AuthorizationFlow, FlowEvent, FlowStatus
from domain.lists import ListQuery
from domain.ports import FlowTaken
from tests.contract.flow_steps import LIFE, KeptFlow
from tests.contract.stores import memory_stores
from tests.support.domain_examples import a_flow, a_secret, an_app, an_organisation

Answer = TypeVar("Answer")

BROWSERS = (a_secret().fingerprint(), a_secret().fingerprint())
DAY = timedelta(hours=24)
ENDS = {FlowStatus.CONNECTED, FlowStatus.FAILED, FlowStatus.INTERRUPTED, FlowStatus.LAPSED}
SECONDS_TO_FINISH = 90


def at_once(step: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer of what waits for nothing: the memory store is atomic because it never does."""
    try:
        step.send(None)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    raise AssertionError("the memory store waits")


class FlowMachine(RuleBasedStateMachine):
    """One flow in the memory store, beside what is to be expected of it."""

    def __init__(self) -> None:
        super().__init__()
        stores = memory_stores()
        self.time, self.connections = stores.time, stores.connections
        organisation = an_organisation()
        flow = a_flow(organisation, an_app(organisation))
        self.kept = KeptFlow(stores.flows, at_once(stores.flows.add(flow, seconds_to_live=LIFE.total_seconds())))
        self.status = FlowStatus.WAITING
        self.browser: str | None = None
        self.age = timedelta()
        self.claimed_at = timedelta()
        self.ended_at = timedelta()

    def expect(self, event: FlowEvent) -> bool:
        """Whether the event happens now."""
        after = TRANSITIONS[self.status].get(event)
        if after is None:
            return False
        self.status = after
        if after in ENDS:
            self.ended_at = self.age
        return True

    @rule(browser=sampled_from(BROWSERS))
    def start(self, browser: str) -> None:
        mine = self.browser in {None, browser}
        expected = mine and self.expect(FlowEvent.START)
        if expected:
            self.browser = browser
        assert (
            at_once(
                self.kept.store.start(self.kept.flow.organisation_id, self.kept.ticket, browser_fingerprint=browser)
            )
            is expected
        )

    @rule()
    def claim(self) -> None:
        expected = self.expect(FlowEvent.CLAIM)
        try:
            at_once(self.kept.claim(seconds_to_finish=SECONDS_TO_FINISH))
        except FlowTaken:
            assert not expected
        else:
            assert expected
            self.claimed_at = self.age

    @rule(event=sampled_from([FlowEvent.CONNECT, FlowEvent.FAIL, FlowEvent.INTERRUPT]))
    def end(self, event: FlowEvent) -> None:
        self.expect(event)
        at_once(self.kept.try_to(event))

    @rule(by=sampled_from([timedelta(seconds=SECONDS_TO_FINISH), LIFE / 2, timedelta(hours=8)]))
    def time_passes(self, by: timedelta) -> None:
        at_once(self.time.passes(by))
        self.age += by
        if self.age >= LIFE and FlowEvent.LAPSE in TRANSITIONS[self.status]:
            self.status = FlowStatus.LAPSED
            self.ended_at = LIFE

    @invariant()
    def every_way_to_it_tells_the_same(self) -> None:
        by_state = at_once(self.kept.store.find_by_state(self.kept.state))
        if self.status in ENDS and self.age >= self.ended_at + DAY:
            assert by_state is None
            assert self.read() is None
            return
        read = self.read()
        assert read is not None
        assert by_state is not None
        assert (read.status, read.browser_fingerprint) == (self.status, self.browser)
        assert (by_state.status, by_state.browser_fingerprint) == (self.status, self.browser)
        assert (by_state.code_verifier is None) == (by_state.attempt is not None)
        finishing = self.status is FlowStatus.FINISHING
        assert read.overdue is (finishing and self.age >= self.claimed_at + timedelta(seconds=SECONDS_TO_FINISH))
        assert (read.failure is not None) is (self.status is FlowStatus.FAILED)

    @invariant()
    def there_is_a_connection_once_it_is_connected(self) -> None:
        page = at_once(self.connections.list(self.kept.flow.organisation_id, ListQuery(first=2)))
        assert page.total == (1 if self.status is FlowStatus.CONNECTED else 0)

    def read(self) -> AuthorizationFlow | None:
        try:
            return at_once(self.kept.read())
        except NotFound:
            return None


TestFlowMachine = FlowMachine.TestCase
TestFlowMachine.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
