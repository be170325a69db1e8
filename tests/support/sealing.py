"""What is sealed, what Vault has, and what the provider knows: where each grant of a test has come to."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from domain.errors import StorageUnavailable
from domain.ids import CredentialId, OrganisationId
from domain.ports import SealedGrant, SecretKind, SecretPath
from domain.secret import Secret
from tests.support.postgres import behind, watching
from tests.support.service import Service

_POLL_SECONDS = 0.1
_SECONDS = 120.0


async def path_of(service: Service, flow_id: str) -> SecretPath:
    """Where the grant of a flow is, or is to be."""
    async with behind(service.container.pool()) as connection:
        found = await connection.execute("SELECT organisation_id, credential_id FROM flows WHERE id = %s", [flow_id])
        [row] = await found.fetchall()
    return SecretPath(OrganisationId(row["organisation_id"]), SecretKind.CREDENTIAL, CredentialId(row["credential_id"]))


async def sealed_at(service: Service, path: SecretPath) -> Sequence[SealedGrant]:
    sealed: Sequence[SealedGrant] = await service.container.sealed_grants().of(path)
    return sealed


async def in_vault(service: Service, path: SecretPath) -> Mapping[str, Any] | None:
    """The document as Vault has it; None where it has none."""
    below = f"data/{path.organisation_id}/{path.kind}/{path.id}"
    status, answer = await service.vault.as_root("GET", f"{service.vault.mount}/{below}")
    return answer["data"]["data"] if status == 200 else None


async def settled(service: Service) -> None:
    """Return once what is still being written, or cleaned up after, has come to its end."""
    await service.container.in_flight().drain(seconds=_SECONDS)


async def drained(service: Service) -> None:
    """Return once nothing waits any more: all of it is in Vault, or set aside."""
    drain = service.container.drain_waiting()
    async with asyncio.timeout(_SECONDS):
        while (await drain.counts())["waiting"]:
            with suppress(StorageUnavailable):
                await drain()
            await asyncio.sleep(_POLL_SECONDS)


async def drained_by_somebody(dsn: Secret) -> None:
    """Return once no row is left, in a database that other processes drain."""
    connection = await psycopg.AsyncConnection.connect(watching(dsn), autocommit=True)
    async with connection, asyncio.timeout(_SECONDS):
        while True:
            found = await connection.execute("SELECT 1 FROM sealed_grants LIMIT 1")
            if await found.fetchone() is None:
                return
            await asyncio.sleep(_POLL_SECONDS)
