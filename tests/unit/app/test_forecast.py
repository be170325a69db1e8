from datetime import timedelta

import attrs
from prometheus_client import REGISTRY

from app.metrics import tell_ending
from app.use_cases.forecast_grants import ForecastGrants
from domain.ports import Ending


@attrs.frozen
class EndsIn:
    """An EndingGrants of grants with a final end after so many days."""

    days: tuple[int, ...]

    async def count(self, *, within: timedelta, most: int) -> Ending:
        return Ending(final=min(most, sum(timedelta(days=days) <= within for days in self.days)), idle=0)


async def test_how_many_grants_end_is_told_for_a_day_a_week_and_a_month() -> None:
    forecast = ForecastGrants(ending=EndsIn((0, 3, 6, 29, 31)), tell=tell_ending)
    assert await forecast() is False
    assert [told("final", within) for within in ("1d", "7d", "30d")] == [1, 3, 4]
    assert told("idle", "30d") == 0


def told(end: str, within: str) -> float | None:
    return REGISTRY.get_sample_value("switchboard_grants_ending", {"end": end, "within": within})
