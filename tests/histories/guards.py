"""The guards that keep grants, each of which can be taken out of a world: some history must notice."""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs
from dependency_injector import providers

from adapters.memory.leases import MemoryRefreshLeases
from adapters.memory.secrets import MemorySecretStore
from app.container import Container
from app.use_cases.read_grant import StoredGrant
from app.use_cases.refused_refresh import NewerGrant, RefusedRefresh
from domain.ports import Lease, SecretPath
from domain.secret import Secret
from tests.histories.calls import Waiting


class Guard(StrEnum):
    DRAIN_FIRST = "drain first"
    CAS = "cas"
    FENCE = "fence"
    SHIELD = "shield"
    LOOK_AGAIN = "look again"
    PROBE = "probe"


_REPLACED = ("drain_sealed_grants", "refused_refresh")


def take_out(guard: Guard | None, container: Container, ports: dict[str, Any]) -> None:
    """Of a replica's container, whose ports are these; what was taken out before is put back."""
    for name in _REPLACED:
        getattr(container, name).reset_override()
    if guard is Guard.DRAIN_FIRST:
        container.drain_sealed_grants.override(providers.Object(_drains_nothing))
    elif guard is Guard.LOOK_AGAIN:
        container.refused_refresh.override(providers.Factory(_LooksOnce, **container.refused_refresh.kwargs))
    elif guard is Guard.PROBE:
        ports["vault_secrets"] = _Unprobed(**attrs.asdict(ports["vault_secrets"], recurse=False))


def secrets_without(guard: Guard | None) -> MemorySecretStore:
    return _Overwriting() if guard is Guard.CAS else MemorySecretStore()


def leases_without(guard: Guard | None, leases: Any) -> MemoryRefreshLeases:
    made = _Unfenced if guard is Guard.FENCE else MemoryRefreshLeases
    return made(leases.connections, leases.incidents, leases.clock)


def unshielded(work: "asyncio.Future[Any]") -> "asyncio.Future[Any]":
    """In place of ``asyncio.shield``."""
    return work


async def _drains_nothing(path: SecretPath) -> None:
    """Whatever waits sealed."""


class _LooksOnce(RefusedRefresh):
    async def _newer(self, stored: StoredGrant, lease: Lease) -> NewerGrant | None:  # noqa: ARG002 - as it is called
        return None


class _Overwriting(MemorySecretStore):
    async def write(
        self,
        path: SecretPath,
        document: Mapping[str, Secret],
        *,
        version: int,  # noqa: ARG002 - that is the fault
    ) -> int:
        current = self._documents.get(path)
        return await super().write(path, document, version=current.version if current else 0)


class _Unfenced(MemoryRefreshLeases):
    def _mine(self, lease: Lease) -> Any:
        return self._rows.get(lease.connection.id)


class _Unprobed(Waiting):
    async def ready(self) -> None:
        """It is taken for granted."""
