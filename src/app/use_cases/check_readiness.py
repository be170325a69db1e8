"""Whether everything that the service needs can be used now."""

import asyncio
from collections.abc import Mapping, Sequence

import attrs

from app.use_cases.in_flight import InFlight
from domain.errors import StorageUnavailable
from domain.ports import Dependency

_SECONDS = 5.0


@attrs.frozen
class CheckReadiness:
    dependencies: Sequence[Dependency]
    in_flight: InFlight = attrs.field(kw_only=True)
    seconds: float = attrs.field(kw_only=True, default=_SECONDS)

    async def __call__(self) -> Mapping[str, str | None]:
        """Each dependency by name: None when it can be used, else what to do."""
        problems = await asyncio.gather(*map(self._problem, self.dependencies))
        return {dependency.name: problem for dependency, problem in zip(self.dependencies, problems, strict=True)}

    async def _problem(self, dependency: Dependency) -> str | None:
        check = self.in_flight.start(dependency.check())
        # Not by a time-out around it: to a driver that waits for a frozen server, being cancelled is more to wait for.
        done, _ = await asyncio.wait({check}, timeout=self.seconds)
        if not done:
            check.cancel()
            return f"It did not answer within {self.seconds:g} s. Check that it runs, and the way to it."
        try:
            await check
        except StorageUnavailable as error:
            return error.message
        return None
