"""Renew what is due before anybody asks for it, so that no caller waits for a refresh that could be foreseen."""

import asyncio

import attrs

from app.use_cases.in_flight import InFlight
from app.use_cases.refresh_grant import RefreshGrant
from domain.connections import Connection
from domain.errors import SwitchboardError
from domain.ports import DueRefreshes
from domain.tokens import TokenGrant

_SHARE_OF_PLACES = 4 / 5
"""Of the app's budget: so that whoever asks for a token that is due has a place, whatever is renewed ahead."""
_SHARE_OF_INTERVAL = 1 / 5
"""Each second or so: of a token that lives for a minute, what is left then is no more than nine seconds."""
_SECONDS = 60.0
"""Longer than one refresh takes, waiting included; then what was given up is due again."""


@attrs.frozen(kw_only=True)
class RefreshAhead:
    """Take what is due, as much as there are places, and go on as soon as half of the places are free.

    Budgets, rests and the app's incidents are ``RefreshGrant``'s; a slow provider holds up its own places alone.
    """

    due: DueRefreshes
    refresh: RefreshGrant
    in_flight: InFlight
    places_of_app: int
    share_of_interval: float = _SHARE_OF_INTERVAL
    running: set[asyncio.Task[TokenGrant | None]] = attrs.field(factory=set)

    async def __call__(self) -> bool:
        """Whether there may be more that is due. Raises StorageUnavailable."""
        places = max(1, int(self.places_of_app * _SHARE_OF_PLACES))
        while len(self.running) > places // 2:
            await asyncio.wait(self.running, return_when=asyncio.FIRST_COMPLETED)
        free = places - len(self.running)
        taken = await self.due.take(first=free, seconds=_SECONDS)
        for connection in taken:
            task = self.in_flight.start(self._renew(connection))
            self.running.add(task)
            task.add_done_callback(self.running.discard)
        return len(taken) == free

    async def seconds_late(self) -> float:
        """How long the longest due has been due."""
        return await self.due.seconds_late()

    async def _renew(self, connection: Connection) -> TokenGrant | None:
        """None where that failed: it is noted there, the connection rests or has ended, and callers will be told."""
        try:
            return await self.refresh(connection, seen=connection.secret_version)
        except SwitchboardError:
            return None
