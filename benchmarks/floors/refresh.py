"""W6's floor: take a lease, read the grant, renew it, keep it, record it.

Five requests for each refresh, by the service's own libraries and pools; nothing is looked up, judged or answered. The
role is one that row security does not hold. Run as ``python -m benchmarks.floors.refresh``.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvloop

from benchmarks.children import Do, Job, child
from benchmarks.floors.grants import Reach, expires_at, reach

LEASES = """
CREATE TABLE IF NOT EXISTS floor_leases (connection_id text PRIMARY KEY, fence bigint NOT NULL, ends_at timestamptz)
"""
TAKE = """
INSERT INTO floor_leases VALUES (%(id)s, 1, clock_timestamp() + interval '60 s')
ON CONFLICT (connection_id) DO UPDATE SET fence = floor_leases.fence + 1, ends_at = EXCLUDED.ends_at
WHERE floor_leases.ends_at <= clock_timestamp()
RETURNING fence
"""
RECORD = """
WITH released AS (
    UPDATE floor_leases SET ends_at = clock_timestamp() WHERE connection_id = %(id)s AND fence = %(fence)s
    RETURNING connection_id
)
UPDATE connections
SET
    token_expires_at = %(expires_at)s, scopes = %(scopes)s, secret_version = %(version)s,
    last_refreshed_at = clock_timestamp(), updated_at = clock_timestamp()
FROM released
WHERE
    organisation_id = %(organisation_id)s AND id = released.connection_id AND status = 'active'
    AND secret_version <= %(version)s
"""


async def refresh(to: Reach, connection: Mapping[str, str]) -> bool:
    """Whether it was this one's to renew, and is recorded."""
    async with to.pool.connection() as postgres:
        lease = await (await postgres.execute(TAKE, connection)).fetchone()
    if lease is None:
        return False
    path = f"{connection['organisation_id']}/credentials/{connection['credential_id']}"
    stored = (await to.kv.read_secret_version(path, mount_point=to.mount, raise_on_deleted_version=True))["data"]
    grant = await to.grant({"grant_type": "refresh_token", "refresh_token": stored["data"]["refresh_token"]})
    version = await to.write(path, grant, cas=stored["metadata"]["version"])
    recorded = {"version": version, "expires_at": expires_at(grant), "scopes": grant["scope"].split()}
    async with to.pool.connection() as postgres:
        updated = await postgres.execute(RECORD, {**connection, **recorded, "fence": lease["fence"]})
    return updated.rowcount == 1


@asynccontextmanager
async def prepare(job: Job) -> AsyncIterator[Do]:
    """A job has ``callers``, ``seconds``, ``refreshed`` (connections), and where to reach what."""
    async with reach(job) as to:
        yield refreshing(job, to)


def refreshing(job: Job, to: Reach) -> Do:
    """A turn: its callers renew one connection after the other until its seconds are over."""
    left = itertools.cycle(job["refreshed"])

    async def do() -> Mapping[str, Any]:
        ends = time.monotonic() + job["seconds"]
        done = await asyncio.gather(*(_caller(to, left, ends) for _ in range(job["callers"])))
        return _counted(itertools.chain.from_iterable(done))

    return do


async def _caller(to: Reach, left: Iterator[Mapping[str, str]], ends: float) -> list[bool]:
    done = []
    while time.monotonic() < ends:
        done.append(await refresh(to, next(left)))
    return done


def _counted(refreshed: Iterable[bool]) -> Mapping[str, int]:
    done = list(refreshed)
    return {"done": sum(done), "errors": len(done) - sum(done)}


if __name__ == "__main__":
    child(prepare, run=uvloop.run)
