"""W2's floor: claim a flow, redeem the code, keep the grant, record the connection.

Four requests for each flow, by the service's own libraries and pools; nothing is looked up, judged or answered. The
role is one that row security does not hold. Run as ``python -m benchmarks.floors.callback``.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from psycopg.types.json import Jsonb

from benchmarks.children import Do, Job, child
from benchmarks.floors.grants import ATTEMPT, Reach, expires_at, fingerprint, reach

CLAIM = """
UPDATE flows
SET
    status = 'finishing', attempt = %(attempt)s, answer_fingerprint = %(fingerprint)s, sealed_verifier = NULL,
    overdue_at = clock_timestamp() + interval '50 s'
WHERE id = %(id)s AND status IN ('waiting', 'started') AND expires_at > clock_timestamp()
"""
# One statement is one transaction, and one round trip.
RECORD = """
WITH flow AS (
    UPDATE flows SET status = 'connected', ended_at = clock_timestamp() WHERE id = %(id)s AND status = 'finishing'
    RETURNING *
),
connection AS (
    INSERT INTO connections (
        id, organisation_id, app_id, app_organisation_id, name, auth_type, credential_id, made_with, status, scopes,
        token_expires_at, secret_version, created_at, updated_at
    )
    SELECT
        connection_id, organisation_id, app_id, app_organisation_id, name, auth_type, credential_id, %(made_with)s,
        'active', %(scopes)s, %(expires_at)s, %(version)s, clock_timestamp(), clock_timestamp()
    FROM flow
)
INSERT INTO credentials (id, organisation_id, connection_id, name, type, created_at, updated_at)
SELECT credential_id, organisation_id, connection_id, name, 'OAuth2Refresh', clock_timestamp(), clock_timestamp()
FROM flow
"""


async def finalise(to: Reach, flow: Mapping[str, Any]) -> bool:
    """Whether the flow was there to be claimed, and is recorded."""
    async with to.pool.connection() as connection:
        claim = {"id": flow["id"], "attempt": ATTEMPT, "fingerprint": fingerprint()}
        claimed = await connection.execute(CLAIM, claim)
    grant = await to.grant({"grant_type": "authorization_code", "code": "code", "redirect_uri": flow["redirect_uri"]})
    path = f"{flow['organisation_id']}/credentials/{flow['credential_id']}"
    record = {
        "id": flow["id"],
        "made_with": Jsonb({"client": flow["client"]}),
        "scopes": grant["scope"].split(),
        "expires_at": expires_at(grant),
        "version": await to.write(path, grant, cas=0),
    }
    async with to.pool.connection() as connection:
        recorded = await connection.execute(RECORD, record)
    return claimed.rowcount == recorded.rowcount == 1


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
    child(prepare, run=uvloop.run)
