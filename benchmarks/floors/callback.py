"""W2's floor: claim a flow, redeem the code, keep the grant, record the connection.

Four requests for each flow, in the service's own statements, by its own libraries and pools; nothing is looked up,
judged or answered. The role is one that row security does not hold.
Run as ``python -m benchmarks.floors.callback``.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from psycopg.types.json import Jsonb

from adapters.postgres import flow_statements
from benchmarks.children import Do, Job, child
from benchmarks.floors.grants import ATTEMPT, Reach, expires_at, fingerprint, reach


async def finalise(to: Reach, flow: Mapping[str, Any]) -> bool:
    """Whether the flow was there to be claimed, and is recorded."""
    async with to.pool.connection() as connection:
        claim = {
            "attempt": ATTEMPT,
            "answer_fingerprint": fingerprint(),
            "seconds_to_finish": 50,
            "finishing": "finishing",
        }
        claimed = await connection.execute(flow_statements.CLAIM, {**flow, **claim, "statuses": ["waiting", "started"]})
    grant = await to.grant({"grant_type": "authorization_code", "code": "code", "redirect_uri": flow["redirect_uri"]})
    path = f"{flow['organisation_id']}/credentials/{flow['credential_id']}"
    version = await to.write(path, grant, cas=0)
    async with to.pool.connection() as connection:
        recorded = await connection.execute(flow_statements.RECORD_CONNECTED, _connection(flow, grant, version))
    return claimed.rowcount == recorded.rowcount == 1


def _connection(flow: Mapping[str, Any], grant: Mapping[str, Any], version: int) -> dict[str, Any]:
    return {
        **flow,
        "flow_id": flow["id"],
        "id": flow["connection_id"],
        "statuses": ["finishing"],
        "connected": "connected",
        "made_with": Jsonb({"client": flow["client"]}),
        "status": "active",
        "status_reason": None,
        "token_expires_at": expires_at(grant),
        "last_refreshed_at": None,
        "secret_version": version,
        "updated_at": flow["created_at"],
        "credential_type": "OAuth2Refresh",
        "credential_expires_at": None,
    }


@asynccontextmanager
async def prepare(job: Job) -> AsyncIterator[Do]:
    """A job has ``callers``, ``flows`` (rows), and where to reach what."""
    async with reach(job) as to:
        left = iter(job["flows"])

        async def do() -> Mapping[str, Any]:
            done = sum(await asyncio.gather(*(_caller(to, left) for _ in range(job["callers"]))))
            return {"done": done, "errors": len(job["flows"]) - done}

        yield do


async def _caller(to: Reach, left: Iterator[Mapping[str, Any]]) -> int:
    return sum([await finalise(to, flow) for flow in left])


if __name__ == "__main__":
    child(prepare)
