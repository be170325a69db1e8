"""Documents in KV version 2: ``data/<organisation>/apps/<id>`` and ``data/<organisation>/credentials/<id>``."""

import asyncio
import math
import time
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from typing import TypeVar

from adapters.vault.client import KvVersion, VaultClient
from adapters.vault.patience import pauses
from adapters.vault.probe import WriteProbe
from adapters.vault.single_flight import SingleFlight
from domain.ports import SecretMissing, SecretPath, SecretStore, SecretStoreUnavailable, StoredSecret
from domain.secret import Secret

_SECONDS_READY = 2.0

Answer = TypeVar("Answer")


class VaultSecretStore(SecretStore):
    """``replica`` names this process among those that write to the same mount: each needs its own."""

    def __init__(self, client: VaultClient, *, mount: str, replica: str) -> None:
        self._client = client
        self._mount = mount
        self._probe = WriteProbe(client, mount=mount, replica=replica)
        self._write_probe = SingleFlight(lambda: self._noting_success(self._probe.write()))
        self._wrote_at = -math.inf

    async def ready(self) -> None:
        if time.monotonic() - self._wrote_at >= _SECONDS_READY:
            await self._write_probe()

    async def read(self, path: SecretPath, *, at_least: int = 1) -> StoredSecret:
        """As the port says. Where a newer version is known of, a standby gets about a second to have it."""
        if at_least > 1:
            for pause in pauses():
                with suppress(SecretMissing):
                    if (stored := await self._read_newest(path)).version >= at_least:
                        return stored
                await asyncio.sleep(pause)
        stored = await self._read_newest(path)
        if stored.version < at_least:
            raise SecretStoreUnavailable(
                "The Vault node that answers has an older version than was recorded. Send the same request again in "
                "some seconds. If it stays so, Vault was put back from an older backup than the database."
            )
        return stored

    async def write(self, path: SecretPath, document: Mapping[str, Secret], *, version: int) -> int:
        revealed = {name: value.reveal() for name, value in document.items()}
        writing = self._client.write_version(self._mount, _below_mount(path), revealed, cas=version)
        return await self._noting_success(writing)

    async def destroy(self, path: SecretPath) -> None:
        await self._client.destroy(self._mount, _below_mount(path))

    async def _read_newest(self, path: SecretPath) -> StoredSecret:
        return _wrapped(await self._client.read_version(self._mount, _below_mount(path)))

    async def _noting_success(self, write: Awaitable[Answer]) -> Answer:
        """Remember since when Vault is known to take writes; a write that failed ends that knowledge."""
        began_at = time.monotonic()
        try:
            answer = await write
        except SecretStoreUnavailable:
            self._wrote_at = -math.inf
            raise
        self._wrote_at = max(self._wrote_at, began_at)
        return answer


def _below_mount(path: SecretPath) -> str:
    return f"{path.organisation_id}/{path.kind}/{path.id}"


def _wrapped(found: KvVersion) -> StoredSecret:
    document = {name: Secret(value) for name, value in found.data.items() if isinstance(value, str)}
    if len(document) < len(found.data):
        raise SecretStoreUnavailable(
            "A document in Vault holds something else than strings: it was not written by Switchboard. Put it back."
        )
    return StoredSecret(document, found.version)
