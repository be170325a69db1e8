import secrets

import attrs

from domain.secret import Secret


@attrs.frozen
class MemoryCursorKey:
    """A CursorKey."""

    _key: Secret = attrs.field(factory=lambda: Secret(secrets.token_hex(32)), init=False)

    async def read(self) -> Secret:
        return self._key
