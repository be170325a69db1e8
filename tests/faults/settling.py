"""After the fire: what was left half-way comes to its end, and whoever got no answer asks again, as a client does."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

import httpx

from adapters.postgres.pool import Pool
from tests.faults.load import Load, attempted
from tests.faults.reckoning import Reckoning
from tests.support.postgres import behind
from tests.support.provider import fingerprint
from tests.support.service import Caller
from tests.support.waiting import until

_AT_ONCE = 8
HONEST = {"interrupted", "failed", "deleted", "needs_reauthorization", "provider_unavailable"}
"""What may be told of a grant that is not in Vault; the last of a token that was lost twice, which has a long rest."""
_LONG_SECONDS = 60
"""Tokens of the fire lived a second, and rests but for that of a token lost twice are short."""

_THE_DEAD_HOLD_NOTHING = (
    "UPDATE flows SET overdue_at = clock_timestamp() WHERE overdue_at IS NOT NULL",
    "UPDATE connections SET updated_at = '-infinity' WHERE status = 'deleting'",
    "UPDATE refresh_leases SET held_until = clock_timestamp() WHERE held_until IS NOT NULL",
)
_UNDER_WAY = """
SELECT id FROM connections WHERE status = 'deleting'
UNION ALL SELECT attempt FROM sealed_grants WHERE set_aside IS NULL
UNION ALL SELECT connection_id FROM refresh_leases WHERE held_until > clock_timestamp()
"""


async def let_deadlines_pass(pool: Pool) -> None:
    """All that somebody holds is over: to be called where all who could hold it are dead."""
    async with behind(pool) as connection:
        for statement in _THE_DEAD_HOLD_NOTHING:
            await connection.execute(statement)


async def settle(load: Load, pool: Pool) -> None:
    """Each callback and each deletion is asked for again, and each connection for a token, until that is answered.

    The provider's tokens live long by now. Without this a refresh whose answer was lost would look like a lost grant:
    the provider has rotated, and nobody has asked since.
    """
    await _each(load.callbacks, lambda flow_id: attempted(load.call_back(flow_id)))
    await _each(load.deleted, lambda connection_id: _until_deleted(load.callers[0], connection_id))
    flows = [await load.callers[0].flow(flow_id) for flow_id in load.callbacks]
    connections = {flow["connectionId"] for flow in flows if flow["status"] == "connected"} - load.deleted
    await _each(connections, lambda connection_id: _until_told(load.callers[0], connection_id))

    async def nothing_is_under_way() -> bool:
        async with behind(pool) as connection:
            return not await (await connection.execute(_UNDER_WAY)).fetchall()

    await until(nothing_is_under_way)


async def _each(ids: Iterable[str], deed: Callable[[str], Awaitable[None]]) -> None:
    turn = asyncio.Semaphore(_AT_ONCE)

    async def done(one: str) -> None:
        async with turn:
            await deed(one)

    await asyncio.gather(*(done(one) for one in ids))


async def _until_deleted(caller: Caller, connection_id: str) -> None:
    async def is_deleted() -> bool:
        return (await caller.delete(f"connections/{connection_id}")).status_code == httpx.codes.NOT_FOUND

    await until(is_deleted)


async def _until_told(caller: Caller, connection_id: str) -> None:
    """Until there is a token of after the fire, or it is told that there will be none, or none for long."""

    async def is_told() -> bool:
        answer = await caller.token(connection_id)
        if answer.status_code == httpx.codes.OK:
            return bool(answer.json()["expires_in"] > _LONG_SECONDS)
        if answer.is_server_error:
            return int(answer.headers.get("Retry-After", "0")) > _LONG_SECONDS
        return answer.status_code == httpx.codes.CONFLICT

    await until(is_told)


async def told_of(load: Load, reckoning: Reckoning) -> Counter[str]:
    """What is told of the grants that are not in Vault: the flow's status, ``deleted``, or the code of a refusal."""
    kept = {grant.grant_id for grant in reckoning.kept()}
    codes = {fingerprint(_code(callback)): flow_id for flow_id, callback in load.callbacks.items()}
    flow_of = {seen.grant_id: codes[seen.code_sha256] for seen in reckoning.ledger.token_requests if seen.code_sha256}
    gone = [flow_of[grant.grant_id] for grant in reckoning.issued() if grant.grant_id not in kept]
    return Counter([await _told_of(load, flow_id) for flow_id in gone])


async def _told_of(load: Load, flow_id: str) -> str:
    caller = load.callers[0]
    flow = await caller.flow(flow_id)
    if flow["status"] != "connected":
        return str(flow["status"])
    if flow["connectionId"] in load.deleted:
        return "deleted"
    told = await caller.token(flow["connectionId"])
    return "a token, and it is lost" if told.is_success else str(told.json()["code"])


def _code(callback: str) -> str:
    return callback.partition("code=")[2].partition("&")[0]
