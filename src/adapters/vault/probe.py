"""Whether Vault takes writes, found out by writing: to a path of our own, below no organisation."""

import asyncio
import re

from adapters.vault.client import VaultClient
from adapters.vault.patience import pauses
from domain.ports import SecretConflict, SecretStoreUnavailable

_REPLICA = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class WriteProbe:
    """Writes a document over and over at ``_probe/<replica>``; no organisation's id begins with ``_``.

    The mount keeps one version of it, and wants to be told which one is replaced: it is remembered from the write
    before. At the first write, and where another process has the same replica name, it is read first.
    """

    def __init__(self, client: VaultClient, *, mount: str, replica: str) -> None:
        if not _REPLICA.fullmatch(replica):
            raise ValueError(
                "a replica's name is up to 64 letters, digits, '.', '_' and '-', the first a letter or digit"
            )
        self._client = client
        self._mount = mount
        self._path = f"_probe/{replica}"
        self._version = 0

    async def write(self) -> None:
        """Return when Vault has taken a write. Raises SecretStoreUnavailable."""
        for pause in pauses():
            try:
                self._version = await self._client.write_version(
                    self._mount, self._path, {"takes": "writes"}, cas=self._version
                )
            except SecretConflict:
                # It tells of nothing taken: Vault compares before it writes. And a standby's version may be old.
                self._version = await self._client.current_version(self._mount, self._path)
            else:
                return
            await asyncio.sleep(pause)
        raise SecretStoreUnavailable(
            "Others keep writing our probe in Vault. Give each replica a name of its own, and send the request again."
        )
