"""Go on with flows that nobody finishes any more, without their callback coming again."""

import attrs

from app.use_cases.adopt_grant import AdoptGrant
from app.use_cases.each import each, raise_first
from domain.errors import FlowFailed, FlowInterrupted
from domain.flows import AuthorizationFlow
from domain.ports import EventLog, FlowStore

_BATCH = 100
_SECONDS = 60.0  # for a batch; what is left of it then is due again


@attrs.frozen(kw_only=True)
class RecoverFlows:
    """Take claimed flows whose deadline is over, and adopt their grants; where there is none, they are interrupted."""

    flows: FlowStore
    adopt: AdoptGrant
    events: EventLog

    async def __call__(self) -> bool:
        """Whether there may be more to do.

        Raises StorageUnavailable, once it has done what could be done: a flow of which nothing is known stays as it is.
        """
        overdue = await self.flows.take_overdue(first=_BATCH, seconds=_SECONDS)
        raise_first(*await each(self._recover, overdue))
        return len(overdue) == _BATCH

    async def seconds_late(self) -> float:
        """How long the longest due has been due."""
        return await self.flows.seconds_overdue()

    async def _recover(self, flow: AuthorizationFlow) -> None:
        told = {"flow_id": flow.id, "app_id": flow.app_id}
        try:
            await self.adopt(flow)
        except FlowInterrupted:
            self.events.note("flow_recovered_interrupted", **told)
        except FlowFailed as error:
            self.events.note("flow_recovered_failed", **told, code=error.code)
        else:
            self.events.note("flow_recovered", **told, connection_id=flow.connection_id)
