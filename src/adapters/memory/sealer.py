from collections.abc import Mapping

from domain.ids import AttemptId
from domain.ports import SealedGrant, Sealer, SecretPath, Unsealable
from domain.secret import Secret


class MemorySealer(Sealer):
    """Keeps what it sealed, and opens it for the same place alone: nobody can copy this memory."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, SecretPath, int, AttemptId], Mapping[str, Secret]] = {}

    async def ready(self) -> None:
        """Memory needs nothing."""

    def seal(
        self, path: SecretPath, document: Mapping[str, Secret], *, version: int, attempt: AttemptId
    ) -> SealedGrant:
        key = f"vault:v1:{len(self._documents)}"
        self._documents[key, path, version, attempt] = dict(document)
        return SealedGrant(path=path, version=version, attempt=attempt, sealed_key=key, ciphertext=key.encode())

    async def open(self, sealed: SealedGrant) -> Mapping[str, Secret]:
        document = self._documents.get((sealed.sealed_key, sealed.path, sealed.version, sealed.attempt))
        if document is None or sealed.ciphertext != sealed.sealed_key.encode():
            raise Unsealable
        return document

    def forget(self, attempt: AttemptId) -> None:
        """As if the key were gone that opens this attempt's."""
        for place in [place for place in self._documents if place[-1] == attempt]:
            del self._documents[place]
