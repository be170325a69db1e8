"""W6's naive floor: the same five requests, by hvac's and httpx's own transports, on threads.

Run as ``python -m benchmarks.floors.naive_refresh``.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from typing import Any

import attrs
import httpx
import hvac
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from benchmarks.children import Do, Job, child
from benchmarks.floors.grants import CLIENT, document, expires_at
from benchmarks.floors.refresh import RECORD, TAKE, counted


@attrs.frozen(kw_only=True)
class Reach:
    """Postgres, Vault and the provider."""

    pool: ConnectionPool
    vault: hvac.Client
    mount: str
    client: httpx.Client
    token_url: str


def refresh(to: Reach, connection: Mapping[str, str]) -> bool:
    """Whether it was this one's to renew, and is recorded."""
    with to.pool.connection() as postgres:
        lease = postgres.cursor(row_factory=dict_row).execute(TAKE, connection).fetchone()
    if lease is None:
        return False
    path, kv = f"{connection['organisation_id']}/credentials/{connection['credential_id']}", to.vault.secrets.kv.v2
    stored = kv.read_secret_version(path, mount_point=to.mount, raise_on_deleted_version=True)["data"]
    form = {"grant_type": "refresh_token", "refresh_token": stored["data"]["refresh_token"]}
    grant = to.client.post(to.token_url, data=form, auth=CLIENT).raise_for_status().json()
    written = kv.create_or_update_secret(
        path, secret=document(grant), cas=stored["metadata"]["version"], mount_point=to.mount
    )
    recorded = {"version": written["data"]["version"], "expires_at": expires_at(grant)}
    with to.pool.connection() as postgres:
        parameters = {**connection, **recorded, "scopes": grant["scope"].split(), "fence": lease["fence"]}
        updated = postgres.execute(RECORD, parameters)
    return updated.rowcount == 1


@asynccontextmanager
async def prepare(job: Job) -> AsyncIterator[Do]:
    """As ``refresh.prepare``."""
    with ExitStack() as stack:
        pool = stack.enter_context(
            ConnectionPool(job["dsn"], kwargs={"autocommit": True}, min_size=2, max_size=10, open=True)
        )
        # A client each: of one for all threads, some close what others are about to read. Making one takes long.
        clients = [stack.enter_context(httpx.Client(trust_env=False)) for _ in range(job["callers"])]
        threads = stack.enter_context(ThreadPoolExecutor(job["callers"]))
        vault = hvac.Client(job["vault"], token=job["vault_token"])
        to = partial(Reach, pool=pool, vault=vault, mount=job["mount"], token_url=job["provider"] + "/token")
        left = itertools.cycle(job["refreshed"])
        run = partial(asyncio.get_running_loop().run_in_executor, threads)

        async def do() -> Mapping[str, Any]:
            ends = time.monotonic() + job["seconds"]
            done = await asyncio.gather(*(run(_caller, to(client=client), left, ends) for client in clients))
            return counted(itertools.chain.from_iterable(done))

        yield do


def _caller(to: Reach, left: Iterator[Mapping[str, str]], ends: float) -> list[bool]:
    done = []
    while time.monotonic() < ends:
        done.append(refresh(to, next(left)))
    return done


if __name__ == "__main__":
    child(prepare)
