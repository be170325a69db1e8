"""Forget the flows that nobody can ask after any more."""

import attrs

from domain.ports import FlowStore

_BATCH = 500


@attrs.frozen(kw_only=True)
class SweepFlows:
    flows: FlowStore
    batch: int = _BATCH

    async def __call__(self) -> bool:
        """Whether there may be more to do."""
        return await self.flows.forget_over(first=self.batch) == self.batch

    async def seconds_late(self) -> float:
        """How long the next has been to be forgotten."""
        return await self.flows.seconds_late()
