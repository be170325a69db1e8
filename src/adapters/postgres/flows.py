from collections.abc import Sequence
from typing import Any

import attrs
from psycopg.errors import ForeignKeyViolation
from psycopg_pool import PoolTimeout

from adapters.postgres import flow_statements
from adapters.postgres.connection_rows import new_connection_parameters
from adapters.postgres.flow_rows import new_flow_parameters, read_flow
from adapters.postgres.flow_secrets import open_state, open_verifier
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import Reach, ask, find_by_hash
from domain.connections import ConnectionEvent
from domain.connections import statuses_before as connection_statuses_before
from domain.errors import NotFound, StorageUnavailable
from domain.flows import AuthorizationFlow, FlowEvent, FlowFailure, FlowStatus, statuses_before
from domain.ids import AttemptId, CredentialId, FlowId, OrganisationId
from domain.ports import FlowTaken, NewConnection
from domain.secret import Secret

_FOUND_AS = {"unclaimed": list(statuses_before(FlowEvent.LAPSE)), "finishing": FlowStatus.FINISHING}


@attrs.frozen
class PostgresFlowStore:
    """A FlowStore."""

    pool: Pool

    async def add(self, flow: AuthorizationFlow, *, seconds_to_live: float) -> AuthorizationFlow:
        parameters = new_flow_parameters(flow) | {"seconds_to_live": seconds_to_live}
        try:
            [times] = (await ask(self.pool, flow.organisation_id, flow_statements.ADD, parameters)).rows
        except ForeignKeyViolation as error:  # the organisation, or the app, went meanwhile
            raise NotFound from error
        return attrs.evolve(flow, created_at=times["created_at"], expires_at=times["expires_at"])

    async def get(self, organisation_id: OrganisationId, flow_id: FlowId) -> AuthorizationFlow:
        parameters = _FOUND_AS | {"organisation_id": organisation_id, "id": flow_id}
        rows = (await ask(self.pool, organisation_id, flow_statements.FIND_BY_ID, parameters)).rows
        if not rows:
            raise NotFound
        return read_flow(rows[0])

    async def find_by_ticket(self, ticket: Secret) -> AuthorizationFlow | None:
        row = await self._find(flow_statements.FIND_BY_TICKET, ticket.fingerprint())
        if row is None:
            return None
        state = open_state(row["sealed_state"], ticket=ticket, flow_id=FlowId(row["id"]))
        code_verifier = None if row["lapsed"] else _verifier(row, state)
        return read_flow(row, state=state, ticket=ticket, code_verifier=code_verifier)

    async def start(self, organisation_id: OrganisationId, ticket: Secret, *, browser_fingerprint: str) -> bool:
        parameters = {
            "organisation_id": organisation_id,
            "ticket_hash": ticket.fingerprint(),
            "browser_fingerprint": browser_fingerprint,
            "started": FlowStatus.STARTED,
        }
        return await self._move(flow_statements.START, FlowEvent.START, parameters)

    async def find_by_state(self, state: Secret) -> AuthorizationFlow | None:
        row = await self._find(flow_statements.FIND_BY_STATE, state.fingerprint())
        if row is None:
            return None
        return read_flow(row, state=state, code_verifier=_verifier(row, state))

    async def find_by_browser(self, browser_fingerprint: str) -> AuthorizationFlow | None:
        row = await self._find(flow_statements.FIND_BY_BROWSER, browser_fingerprint)
        return None if row is None else read_flow(row)

    async def claim(
        self,
        flow: AuthorizationFlow,
        *,
        answer_fingerprint: str,
        attempt: AttemptId,
        seconds_to_finish: float,
        secrets_version: int | None = None,
    ) -> None:
        parameters = {
            "organisation_id": flow.organisation_id,
            "id": flow.id,
            "finishing": FlowStatus.FINISHING,
            "attempt": attempt,
            "answer_fingerprint": answer_fingerprint,
            "seconds_to_finish": seconds_to_finish,
            "secrets_version": secrets_version,
        }
        reach = None if flow.app_organisation_id == flow.organisation_id else Reach.PUBLIC_APPS
        try:
            claimed = await self._move(flow_statements.CLAIM, FlowEvent.CLAIM, parameters, reach=reach)
        except StorageUnavailable as error:
            if isinstance(error.__cause__, PoolTimeout):  # nothing was sent
                raise
            if await self._is_claimed_by(flow, attempt):
                return
            raise
        if not claimed:
            raise FlowTaken

    async def record_connected(self, flow_id: FlowId, new: NewConnection) -> None:
        parameters = new_connection_parameters(new) | {"flow_id": flow_id, "connected": FlowStatus.CONNECTED}
        await self._move(flow_statements.RECORD_CONNECTED, FlowEvent.CONNECT, parameters)

    async def record_reauthorised(self, flow_id: FlowId, new: NewConnection, *, instead_of: CredentialId) -> bool:
        parameters = new_connection_parameters(new) | {
            "flow_id": flow_id,
            "connected": FlowStatus.CONNECTED,
            "instead_of": instead_of,
            "reauthorised": list(connection_statuses_before(ConnectionEvent.REAUTHORISE)),
        }
        return await self._move(flow_statements.RECORD_REAUTHORISED, FlowEvent.CONNECT, parameters)

    async def record_failed(
        self, organisation_id: OrganisationId, flow_id: FlowId, failure: FlowFailure, *, secured: bool = False
    ) -> None:
        parameters = {
            "organisation_id": organisation_id,
            "id": flow_id,
            "failed": FlowStatus.FAILED,
            "secured": secured,
            **attrs.asdict(failure),
        }
        await self._move(flow_statements.RECORD_FAILED, FlowEvent.FAIL, parameters)

    async def record_interrupted(self, organisation_id: OrganisationId, flow_id: FlowId) -> None:
        parameters = {"organisation_id": organisation_id, "id": flow_id, "interrupted": FlowStatus.INTERRUPTED}
        await self._move(flow_statements.RECORD_INTERRUPTED, FlowEvent.INTERRUPT, parameters)

    async def take_overdue(self, *, first: int, seconds: float) -> Sequence[AuthorizationFlow]:
        parameters = {"first": first, "seconds": seconds}
        rows = (await ask(self.pool, None, flow_statements.TAKE_OVERDUE, parameters, reach=Reach.DUE)).rows
        return [read_flow(row) for row in rows]

    async def seconds_overdue(self) -> float:
        [row] = (await ask(self.pool, None, flow_statements.SECONDS_OVERDUE, reach=Reach.DUE)).rows
        return float(row["late"])

    async def forget_over(self, *, first: int) -> int:
        parameters = {"first": first, "interrupted": FlowStatus.INTERRUPTED}
        [row] = (await ask(self.pool, None, flow_statements.FORGET_OVER, parameters, reach=Reach.DUE)).rows
        return int(row["number"])

    async def seconds_late(self) -> float:
        [row] = (await ask(self.pool, None, flow_statements.SECONDS_LATE, reach=Reach.DUE)).rows
        return float(row["late"])

    async def _move(
        self, statement: str, event: FlowEvent, parameters: dict[str, Any], *, reach: Reach | None = None
    ) -> bool:
        """Whether the flow was in a status in which the event may happen; else nothing changed."""
        met = parameters | {"statuses": list(statuses_before(event))}
        moved = await ask(self.pool, parameters["organisation_id"], statement, met, reach=reach, prepared=True)
        return moved.count == 1

    async def _find(self, statement: str, fingerprint: str) -> Row | None:
        return await find_by_hash(self.pool, statement, _FOUND_AS | {"hash": fingerprint})

    async def _is_claimed_by(self, flow: AuthorizationFlow, attempt: AttemptId) -> bool:
        parameters = {"organisation_id": flow.organisation_id, "id": flow.id, "attempt": attempt}
        return bool((await ask(self.pool, flow.organisation_id, flow_statements.CLAIMED_BY, parameters)).rows)


def _verifier(row: Row, state: Secret) -> Secret | None:
    sealed = row["sealed_verifier"]
    return None if sealed is None else open_verifier(sealed, state=state, flow_id=FlowId(row["id"]))
