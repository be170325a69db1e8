"""Histories of refreshes, at a provider that punishes reuse: no grant is lost but in the window."""

from collections.abc import Coroutine
from typing import Any

from hypothesis.stateful import initialize, rule
from hypothesis.strategies import booleans, integers, sampled_from

from app.use_cases.issue_remembered import IssuedToken
from domain.access import Principal, Role
from domain.connections import ConnectionStatus
from domain.ids import ConnectionId
from domain.refreshes import LOST_TWICE_REST_SECONDS
from tests.histories.calls import Call, How
from tests.histories.history import HISTORIES, REPLICAS, History
from tests.histories.provider import LIFE_SECONDS, OfReuse
from tests.histories.world import Running

STEPS = (
    "leases.take",
    "vault_secrets.read",
    "sealed_grants.of",
    "leases.journal",
    "exchanger.send",
    "vault_secrets.write",
    "leases.record",
)
OFTEN = 2
"""How often a refresh token may be sent: a lost answer is repeated once, until a long rest."""


class RefreshHistory(History):
    """One connection whose tokens live a minute, asked for at any replica, and perhaps deleted."""

    connection: ConnectionId

    @initialize(of_reuse=sampled_from(OfReuse))
    def a_user_connects(self, of_reuse: OfReuse) -> None:
        self.world.provider.thinks(of_reuse)
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

    @rule(at=REPLICAS, step=sampled_from(STEPS), how=sampled_from([*How, None]))
    def a_refresh_meets_a_fault(self, at: int, step: str, how: How | None) -> None:
        """All goes well up to this step, which fails so; None is a crash. Then all goes on that can."""
        self.the_token_lapses_and_a_caller_wants_one(at)
        running = self.world.replicas[at]
        failing = self._goes_on(running, to=step)
        if failing is None:
            return
        if how is None:
            self.world.crash(running)
            return
        self.world.go_on(failing, how)
        self._goes_on(running)

    @rule(at=REPLICAS, step=sampled_from(STEPS), answered=booleans())
    def callers_go_away_amid_a_refresh(self, at: int, step: str, *, answered: bool) -> None:
        """Before this step, or while its answer is on its way."""
        self.the_token_lapses_and_a_caller_wants_one(at)
        reached = self._goes_on(self.world.replicas[at], to=step)
        if reached is not None and answered:
            self.world.go_on(reached, How.UNANSWERED)
        self.its_callers_go_away(at)

    @rule(at=REPLICAS, step=sampled_from(STEPS), refreshes=integers(min_value=1, max_value=3))
    def a_holder_is_stopped_while_another_refreshes(self, at: int, step: str, refreshes: int) -> None:
        """Before this step, beyond its lease; the other refreshes as often. Then it goes on."""
        self._is_stopped(at, before=step)
        for _ in range(refreshes):
            self._goes_on(self._another_begins(at))
        self._goes_on(self.world.replicas[at])

    @rule(at=REPLICAS, step=sampled_from(STEPS))
    def a_stopped_holders_write_lands_amid_anothers_refresh(self, at: int, step: str) -> None:
        """The other stands before this step as it lands. Then the first one is killed."""
        self._is_stopped(at, before="vault_secrets.write")
        other = self._another_begins(at)
        self._goes_on(other, to=step)
        self._goes_on(self.world.replicas[at], calls=1)
        self.world.crash(self.world.replicas[at])
        self._goes_on(other)

    def _is_stopped(self, at: int, *, before: str) -> None:
        self.the_token_lapses_and_a_caller_wants_one(at)
        self._goes_on(self.world.replicas[at], to=before)
        self.world.leases_lapse()

    def _another_begins(self, at: int) -> Running:
        other = (at + 1) % len(self.world.replicas)
        self.world.start(self.world.replicas[other], self._issue(other, rejects=True))
        return self.world.replicas[other]

    @rule(at=REPLICAS)
    def vault_is_down_while_a_refresh_is_stored(self, at: int) -> None:
        """The grant is sealed; nothing of it is in Vault until somebody drains it."""
        self.the_token_lapses_and_a_caller_wants_one(at)
        running, world = self.world.replicas[at], self.world
        for _ in range(60):
            calls = [call for call in world.calls.waiting if call.replica is running.replica]
            if not calls:
                world.time_passes(0.1)
                continue
            is_write = calls[0].step == "vault_secrets.write"
            world.go_on(calls[0], How.REFUSED if is_write else How.WELL)
            if calls[0].step == "leases.record":
                return

    @rule(at=REPLICAS, sure=integers(min_value=1, max_value=20))
    def a_caller_deletes_it(self, at: int, sure: int) -> None:
        if sure < 20:
            return  # a history whose connection is deleted early shows little
        self.is_deleted = True
        delete = self.world.replicas[at].container.delete_connection()
        organisation = self.world.organisation.id
        self.world.start(self.world.replicas[at], delete(self.principal, organisation, self.connection))

    def what_callers_do_again(self) -> None:
        self.world.time_passes(LIFE_SECONDS + 1)
        for at in range(3):
            self.world.finished(self.world.replicas[at], self._issue(at))

    def check(self) -> None:
        super().check()
        noted = "\n".join(self.world.calls.noted)
        for times in self.world.provider.shown.values():
            for earlier, later in zip(times, times[OFTEN:], strict=False):
                assert later - earlier >= LOST_TWICE_REST_SECONDS, noted
        for grant in self.world.issued():
            assert not grant.revoked or self.world.was_in_window(grant), noted
            if (
                grant.refresh_token in self.world.witness.durable_when_refused
                and not grant.revoked
                and not self.is_deleted
            ):
                assert self.world.status(self.connection) is ConnectionStatus.ACTIVE, noted

    def _goes_on(self, running: Running, *, to: str | None = None, calls: int = 60) -> Call | None:
        """All goes well at this replica, up to so many calls, or to this step: the call that waits there."""
        for _ in range(calls):
            waiting = [call for call in self.world.calls.waiting if call.replica is running.replica]
            if not waiting:
                return None
            if waiting[0].step == to:
                return waiting[0]
            self.world.go_on(waiting[0], How.WELL)
        return None

    def _issue(self, at: int, *, rejects: bool = False) -> Coroutine[Any, Any, IssuedToken]:
        issue = self.world.replicas[at].container.issue_token()
        organisation = self.world.organisation.id
        rejected = self.world.rejected() if rejects else None
        return issue(self.principal, organisation, self.connection, minimum_validity=0, rejected=rejected)


RefreshHistory.TestCase.settings = HISTORIES
TestRefreshHistory = RefreshHistory.TestCase
