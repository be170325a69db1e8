"""Histories of refreshes, at a provider that punishes reuse: no grant is lost but in the window."""

from collections import Counter

from hypothesis import settings
from hypothesis.stateful import initialize, rule
from hypothesis.strategies import booleans

from domain.access import Principal, Role
from domain.ids import ConnectionId
from tests.histories.history import HISTORIES, REPLICAS, History
from tests.histories.provider import LIFE_SECONDS

OFTEN = 2
"""How often a refresh token may be sent in all: a lost answer is repeated once."""


class RefreshHistory(History):
    """One connection whose tokens live a minute, asked for at any replica, and perhaps deleted."""

    connection: ConnectionId

    @initialize(forgives=booleans())
    def a_user_connects(self, *, forgives: bool) -> None:
        self.world.provider.forgives(forgives)
        self.principal = Principal(
            id="key", name="key", organisation_id=self.world.organisation.id, roles=frozenset({Role.OWNER})
        )
        flow, running = self.world.begin_flow(), self.world.replicas[0]
        self.world.finished(running, running.container.finalise_connection()(flow.presenter(), flow.callback()))
        self.connection = flow.flow.connection_id
        self.world.time_passes(LIFE_SECONDS + 1)

    @rule(at=REPLICAS)
    def a_caller_wants_a_token(self, at: int) -> None:
        running = self.world.replicas[at]
        self.world.start(running, self._issue(at))

    @rule(at=REPLICAS)
    def the_token_lapses_and_a_caller_wants_one(self, at: int) -> None:
        self.world.time_passes(LIFE_SECONDS + 1)
        self.a_caller_wants_a_token(at)

    def what_callers_do_again(self) -> None:
        self.world.time_passes(LIFE_SECONDS + 1)
        for at in range(3):
            self.world.finished(self.world.replicas[at], self._issue(at))

    def check(self) -> None:
        super().check()
        noted = "\n".join(self.world.calls.noted)
        shown = Counter(seen.refresh_token_sha256 for seen in self.world.provider.seen if seen.refresh_token_sha256)
        assert all(times <= OFTEN for times in shown.values()), noted
        for grant in self.world.issued():
            assert not grant.revoked or grant.grant_id in self.world.excused, noted

    def _issue(self, at: int):  # type: ignore[no-untyped-def] # noqa: ANN202 - whatever a coroutine of the use case is
        issue = self.world.replicas[at].container.issue_token()
        organisation = self.world.organisation.id
        return issue(self.principal, organisation, self.connection, minimum_validity=0, rejected=None)


RefreshHistory.TestCase.settings = settings(parent=HISTORIES, max_examples=250)
TestRefreshHistory = RefreshHistory.TestCase
