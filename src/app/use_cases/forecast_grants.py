"""Tell how many grants will end, so that their users are asked before that, and not when it is too late."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

import attrs

from domain.ports import EndingGrants

_HORIZONS: Mapping[str, timedelta] = {f"{days}d": timedelta(days=days) for days in (1, 7, 30)}
_MOST = 100_000
_SHARE_OF_INTERVAL = 12.0


class TellEnding(Protocol):
    def __call__(self, number: int, *, end: str, within: str) -> None:
        """So many grants end within that time, by that kind of end."""


@attrs.frozen(kw_only=True)
class ForecastGrants:
    """A job that changes nothing, each minute or so."""

    ending: EndingGrants
    tell: TellEnding
    share_of_interval: float = _SHARE_OF_INTERVAL

    async def __call__(self) -> bool:
        """There is never more to do. Raises StorageUnavailable."""
        for name, horizon in _HORIZONS.items():
            ending = await self.ending.count(within=horizon, most=_MOST)
            self.tell(ending.final, end="final", within=name)
            self.tell(ending.idle, end="idle", within=name)
        return False

    async def seconds_late(self) -> float:
        """Nothing is ever due."""
        return 0.0
