"""Whether everything that the service needs can be used now."""

import asyncio
from collections.abc import Mapping, Sequence

import attrs

from domain.errors import StorageUnavailable
from domain.ports import Dependency

_SECONDS = 5.0


@attrs.frozen
class CheckReadiness:
    dependencies: Sequence[Dependency]

    async def __call__(self) -> Mapping[str, str | None]:
        """Each dependency by name: None when it can be used, else what to do."""
        problems = await asyncio.gather(*map(self._problem, self.dependencies))
        return {dependency.name: problem for dependency, problem in zip(self.dependencies, problems, strict=True)}

    async def _problem(self, dependency: Dependency) -> str | None:
        try:
            async with asyncio.timeout(_SECONDS):
                await dependency.check()
        except StorageUnavailable as error:
            return error.message
        except TimeoutError:
            return f"It did not answer within {_SECONDS:.0f} s."
        return None
