"""Our token is kept from ending: renewed long before it would, for as long as the service runs."""

import asyncio
from typing import Protocol

from domain.ports import SecretStoreUnavailable

_LONGEST_PAUSE_SECONDS = 3600.0


class Renewable(Protocol):
    async def renew_own_token(self) -> float | None:
        """Seconds for which the token is good now; None for one that cannot be renewed."""


async def keep_renewed(client: Renewable, *, seconds_after_failure: float = 30.0) -> None:
    """Renew at a third of the token's time; never returns.

    One that cannot be renewed is asked after again: another may have taken its place, in a file that Vault Agent keeps.
    """
    while True:
        try:
            seconds = await client.renew_own_token()
        except SecretStoreUnavailable:
            pause = seconds_after_failure
        else:
            pause = _LONGEST_PAUSE_SECONDS if seconds is None else min(seconds / 3, _LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(pause)
