from collections.abc import Mapping

from domain.ports import SecretConflict, SecretMissing, SecretPath, SecretStore, SecretStoreUnavailable, StoredSecret
from domain.secret import Secret


class MemorySecretStore(SecretStore):
    """Nothing here waits, so that each method is one step for the event loop, and thereby atomic."""

    def __init__(self) -> None:
        self._documents: dict[SecretPath, StoredSecret] = {}

    async def ready(self) -> None:
        """Memory always takes writes."""

    async def read(self, path: SecretPath, *, at_least: int = 1) -> StoredSecret:
        stored = self._documents.get(path)
        if stored is None:
            raise SecretMissing
        if stored.version < at_least:
            raise SecretStoreUnavailable
        return stored

    async def write(self, path: SecretPath, document: Mapping[str, Secret], *, version: int) -> int:
        current = self._documents.get(path)
        if version != (current.version if current else 0):
            raise SecretConflict
        self._documents[path] = StoredSecret(dict(document), version + 1)
        return version + 1

    async def destroy(self, path: SecretPath) -> None:
        self._documents.pop(path, None)
