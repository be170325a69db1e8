from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from adapters.memory.apps import MemoryAppStore
from adapters.memory.connections import MemoryConnectionStore
from adapters.memory.credentials import MemoryCredentialStore
from domain.connections import ConnectionEvent
from domain.credentials import CredentialTerms, CredentialType
from domain.errors import NotFound
from domain.flows import TRANSITIONS, AuthorizationFlow, FlowEvent, FlowFailure, FlowStatus, statuses_before
from domain.ids import AttemptId, CredentialId, FlowId, OrganisationId
from domain.ports import Clock, FlowTaken, NewConnection, SecretPath
from domain.secret import Secret

_KEPT = timedelta(hours=24)


@attrs.define
class _Kept:
    """A flow with its secrets: nobody can copy this store, so it keeps them as they are."""

    flow: AuthorizationFlow
    overdue_at: datetime | None = None
    ended_at: datetime | None = None
    recovery_at: datetime | None = None


@attrs.frozen
class MemoryFlowStore:
    """A FlowStore, by this clock."""

    clock: Clock
    connections: MemoryConnectionStore
    credentials: MemoryCredentialStore
    apps: MemoryAppStore
    _flows: dict[FlowId, _Kept] = attrs.field(factory=dict, init=False)

    async def add(self, flow: AuthorizationFlow, *, seconds_to_live: float) -> AuthorizationFlow:
        now = self.clock.now()
        flow = attrs.evolve(flow, created_at=now, expires_at=now + timedelta(seconds=seconds_to_live))
        self._flows[flow.id] = _Kept(flow)
        return flow

    async def get(self, organisation_id: OrganisationId, flow_id: FlowId) -> AuthorizationFlow:
        flow = self._find(lambda flow: flow.id == flow_id and flow.organisation_id == organisation_id)
        if flow is None:
            raise NotFound
        return _without_secrets(flow)

    async def find_by_ticket(self, ticket: Secret) -> AuthorizationFlow | None:
        flow = self._find(lambda flow: flow.ticket == ticket)
        if flow is None or flow.status in statuses_before(FlowEvent.START):
            return flow
        return attrs.evolve(flow, code_verifier=None)

    async def start(self, organisation_id: OrganisationId, ticket: Secret, *, browser_fingerprint: str) -> bool:
        flow = self._find(lambda flow: flow.ticket == ticket)
        if flow is None or flow.browser_fingerprint not in {None, browser_fingerprint}:
            return False
        return self._move(organisation_id, flow.id, FlowEvent.START, browser_fingerprint=browser_fingerprint)

    async def find_by_state(self, state: Secret) -> AuthorizationFlow | None:
        flow = self._find(lambda flow: flow.state == state)
        return None if flow is None else attrs.evolve(flow, ticket=None)

    async def find_by_browser(self, browser_fingerprint: str) -> AuthorizationFlow | None:
        flow = self._find(lambda flow: flow.browser_fingerprint == browser_fingerprint)
        return None if flow is None else _without_secrets(flow)

    async def claim(
        self,
        flow: AuthorizationFlow,
        *,
        answer_fingerprint: str,
        attempt: AttemptId,
        seconds_to_finish: float,
        secrets_version: int | None = None,
    ) -> None:
        if secrets_version is not None and not self.apps.has_no_newer_secrets(flow, secrets_version):
            raise FlowTaken
        claimed = self._move(
            flow.organisation_id,
            flow.id,
            FlowEvent.CLAIM,
            answer_fingerprint=answer_fingerprint,
            attempt=attempt,
            code_verifier=None,
        )
        if not claimed:
            raise FlowTaken
        self._flows[flow.id].overdue_at = self.clock.now() + timedelta(seconds=seconds_to_finish)

    async def record_connected(self, flow_id: FlowId, new: NewConnection) -> None:
        if self._end(new.connection.organisation_id, flow_id, FlowEvent.CONNECT):
            self.connections.put(new)
            self.credentials.put(new)

    async def record_reauthorised(self, flow_id: FlowId, new: NewConnection, *, instead_of: CredentialId) -> bool:
        made = new.connection
        before = self.connections.meeting(ConnectionEvent.REAUTHORISE, made.organisation_id, made.id)
        if before is None or before.credential_id != instead_of:
            return False
        if not self._end(made.organisation_id, flow_id, FlowEvent.CONNECT):
            return False
        self.credentials.supersede(instead_of)
        self.connections.put(attrs.evolve(new, connection=attrs.evolve(made, created_at=before.created_at)))
        self.credentials.put(new)
        return True

    async def record_failed(
        self, organisation_id: OrganisationId, flow_id: FlowId, failure: FlowFailure, *, secured: bool = False
    ) -> None:
        if self._end(organisation_id, flow_id, FlowEvent.FAIL, failure=failure) and secured:
            flow = self._flows[flow_id].flow
            terms = CredentialTerms(name=flow.name, type=CredentialType.RAW)
            self.credentials.put_left_behind(organisation_id, flow.credential_id, terms, seconds=60)

    async def record_interrupted(self, organisation_id: OrganisationId, flow_id: FlowId) -> None:
        self._end(organisation_id, flow_id, FlowEvent.INTERRUPT)

    async def take_overdue(self, *, first: int, seconds: float) -> Sequence[AuthorizationFlow]:
        now = self.clock.now()
        overdue = [kept for kept in self._flows.values() if (due := _recovery_at(kept)) is not None and due <= now]
        taken = sorted(overdue, key=lambda kept: _recovery_at(kept) or now)[:first]
        for kept in taken:
            kept.recovery_at = now + timedelta(seconds=seconds)
        return [_without_secrets(self._as_it_is(kept)) for kept in taken]

    async def seconds_overdue(self) -> float:
        now = self.clock.now()
        due = [at for kept in self._flows.values() if (at := _recovery_at(kept)) is not None and at <= now]
        return max(((now - at).total_seconds() for at in due), default=0.0)

    async def forget_over(self, *, first: int) -> int:
        over = [kept.flow for kept in self._flows.values() if self._is_gone(kept)][:first]
        for flow in over:
            if flow.status is FlowStatus.INTERRUPTED:
                terms = CredentialTerms(name=flow.name, type=CredentialType.RAW)
                self.credentials.put_left_behind(flow.organisation_id, flow.credential_id, terms)
            del self._flows[flow.id]
        return len(over)

    async def seconds_late(self) -> float:
        now = self.clock.now() - _KEPT
        over = [at for kept in self._flows.values() if (at := self._over_at(kept)) is not None and at <= now]
        return max(((now - at).total_seconds() for at in over), default=0.0)

    def awaits(self, path: SecretPath) -> bool:
        """Whether a flow of this organisation may yet come to a grant there."""
        return any(
            kept.flow.organisation_id == path.organisation_id
            and kept.flow.credential_id == path.id
            and kept.flow.status in {FlowStatus.FINISHING, FlowStatus.INTERRUPTED}
            for kept in self._flows.values()
        )

    def _end(self, organisation_id: OrganisationId, flow_id: FlowId, event: FlowEvent, **changes: Any) -> bool:
        moved = self._move(organisation_id, flow_id, event, **changes)
        if moved:
            self._flows[flow_id].ended_at = self.clock.now()
        return moved

    def _move(self, organisation_id: OrganisationId, flow_id: FlowId, event: FlowEvent, **changes: Any) -> bool:
        """Whether the organisation's flow is in a status in which the event may happen; else nothing changes."""
        kept = self._flows.get(flow_id)
        after = None if kept is None else TRANSITIONS[self._as_it_is(kept).status].get(event)
        if kept is None or after is None or kept.flow.organisation_id != organisation_id:
            return False
        kept.flow = attrs.evolve(kept.flow, status=after, **changes)
        return True

    def _find(self, wanted: Callable[[AuthorizationFlow], bool]) -> AuthorizationFlow | None:
        """The newest flow that is wanted, if it has not been over for 24 hours."""
        for kept in reversed(self._flows.values()):
            if wanted(kept.flow):
                return None if self._is_gone(kept) else self._as_it_is(kept)
        return None

    def _as_it_is(self, kept: _Kept) -> AuthorizationFlow:
        """By the clock: lapsed, or overdue."""
        now = self.clock.now()
        if kept.flow.status in statuses_before(FlowEvent.LAPSE) and kept.flow.expires_at <= now:
            return attrs.evolve(kept.flow, status=FlowStatus.LAPSED)
        finishing = kept.flow.status is FlowStatus.FINISHING
        return attrs.evolve(kept.flow, overdue=finishing and kept.overdue_at is not None and kept.overdue_at <= now)

    def _is_gone(self, kept: _Kept) -> bool:
        over_at = self._over_at(kept)
        return over_at is not None and over_at + _KEPT <= self.clock.now()

    def _over_at(self, kept: _Kept) -> datetime | None:
        lapsed = self._as_it_is(kept).status is FlowStatus.LAPSED
        return kept.flow.expires_at if lapsed else kept.ended_at


def _recovery_at(kept: _Kept) -> datetime | None:
    return (kept.recovery_at or kept.overdue_at) if kept.flow.status is FlowStatus.FINISHING else None


def _without_secrets(flow: AuthorizationFlow) -> AuthorizationFlow:
    return attrs.evolve(flow, state=None, ticket=None, code_verifier=None)
