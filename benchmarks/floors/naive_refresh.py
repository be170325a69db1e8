"""W6's naive floor: the floor's own steps with the libraries as they come: hvac on threads, httpx's own transport.

Run as ``python -m benchmarks.floors.naive_refresh``.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import attrs
import httpx
import hvac
from hvac.api.secrets_engines import KvV2

from adapters.postgres.pool import open_pool
from benchmarks.children import Do, Job, child
from benchmarks.floors.grants import Reach
from benchmarks.floors.refresh import refreshing
from domain.secret import Secret


@attrs.frozen
class _OnThreads:
    """What the floor asks of Vault, by a client that blocks."""

    kv: KvV2

    async def read_secret_version(self, path: str, **options: Any) -> Any:
        return await asyncio.to_thread(self.kv.read_secret_version, path, **options)

    async def create_or_update_secret(self, path: str, **options: Any) -> Any:
        return await asyncio.to_thread(self.kv.create_or_update_secret, path, **options)


@asynccontextmanager
async def prepare(job: Job) -> AsyncIterator[Do]:
    """As ``refresh.prepare``; a thread for each caller."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(job["callers"]))
    vault = hvac.Client(job["vault"], token=job["vault_token"])
    closing = httpx.Limits(max_keepalive_connections=0)  # as all sides: an idle one may look like a lost answer
    async with open_pool(Secret(job["dsn"])) as pool, httpx.AsyncClient(trust_env=False, limits=closing) as client:
        kv, token_url = _OnThreads(vault.secrets.kv.v2), job["provider"] + "/token"
        yield refreshing(job, Reach(pool=pool, kv=kv, mount=job["mount"], client=client, token_url=token_url))


if __name__ == "__main__":
    child(prepare)
