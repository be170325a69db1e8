"""Connections' records that die just before one of their steps, and the time that passes until somebody goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

from dependency_injector import providers

from domain.errors import StorageUnavailable
from tests.support.postgres import behind
from tests.support.service import Service

_TIME_PASSES = "UPDATE connections SET updated_at = updated_at - interval '10 minutes' WHERE ending_since IS NOT NULL"


class Dying:
    """Connections' records that die just before one of their steps."""

    def __init__(self, beneath: object, step: str) -> None:
        self.beneath = beneath
        self.step = step

    def __getattr__(self, name: str) -> object:
        if name == self.step:
            raise StorageUnavailable
        return getattr(self.beneath, name)


@contextmanager
def dying_before(service: Service, step: str) -> Iterator[None]:
    records = service.container.connection_records
    with records.override(providers.Object(Dying(records(), step))):
        yield


async def minutes_pass(service: Service) -> None:
    """What is half-way deleted, or created, is nobody's any more."""
    async with behind(service.container.pool()) as connection:
        await connection.execute(_TIME_PASSES)
