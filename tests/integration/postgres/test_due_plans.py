"""Looking for what is due costs what is due, however many rows there are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.postgres import credential_statements, flow_statements
from adapters.postgres.pool import Pool
from adapters.postgres.tenancy import Reach, enter
from domain.flows import FlowStatus
from tests.contract.stores import postgres_stores
from tests.support.domain_examples import a_flow, an_app, an_organisation
from tests.support.postgres import behind

MANY = 30_000
DUE = 10

_CREDENTIALS = f"""
INSERT INTO credentials (id, organisation_id, name, type, secret_version, expires_at, created_at, updated_at)
SELECT
    '01' || lpad(upper(to_hex(n)), 24, '0'), %(organisation_id)s, 'n', 'Raw', 1,
    CASE WHEN n <= {DUE} THEN now() - interval '1 s' WHEN n %% 2 = 0 THEN now() + interval '1 h' END, now(), now()
FROM generate_series(1, {MANY}) AS n
"""  # noqa: S608 - constants of this file

# As one flow, over and over.
_FLOWS = f"""
INSERT INTO flows
SELECT (jsonb_populate_record(
    flow,
    jsonb_build_object(
        'id', ulid, 'connection_id', ulid, 'credential_id', ulid,
        'state_hash', encode(sha256(ulid::bytea), 'hex'),
        'ticket_hash', encode(sha256(ulid::bytea), 'hex'),
        'expires_at', now() - CASE WHEN n <= {DUE} THEN interval '25 h' ELSE interval '1 h' END
    ) || CASE WHEN n > {DUE} AND n % 3 = 0 THEN jsonb_build_object(
        'status', 'finishing', 'attempt', ulid, 'answer_fingerprint', encode(sha256(ulid::bytea), 'hex'),
        'sealed_verifier', NULL,
        'overdue_at', now() + CASE WHEN n < 4 * {DUE} THEN interval '-1 s' ELSE interval '1 h' END
    ) ELSE '{{}}' END
)).*
FROM flows AS flow, generate_series(1, {MANY // 5}) AS n, LATERAL (
    SELECT '01' || lpad(upper(to_hex(n)), 24, '0') AS ulid
) AS made
"""  # noqa: S608 - constants of this file

PARAMETERS = {
    "first": 200,
    "seconds": 60,
    "ended": "needs_reauthorization",
    "statuses": ["active"],
    "interrupted": FlowStatus.INTERRUPTED,
}


@pytest.fixture
async def crowded(postgres_pool: Pool) -> Pool:
    stores = postgres_stores(postgres_pool)
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    await stores.flows.add(a_flow(organisation, app), seconds_to_live=600)
    async with behind(postgres_pool) as connection:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute(_CREDENTIALS, {"organisation_id": organisation.id})
        await connection.execute(_FLOWS)
        await connection.execute("RESET ROLE")  # whose tables they are
        await connection.execute("ANALYZE credentials, flows")
        await connection.execute("SET statement_timeout = '5s'")
    return postgres_pool


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


LOOKING = [
    (credential_statements.TAKE_DUE, "credentials_due"),
    (credential_statements.SECONDS_LATE, "credentials_due"),
    (credential_statements.TAKE_UNSETTLED, "credentials_unsettled"),
    (flow_statements.FORGET_OVER, "flows_over"),
    (flow_statements.SECONDS_LATE, "flows_over"),
    (flow_statements.TAKE_OVERDUE, "flows_overdue"),
    (flow_statements.SECONDS_OVERDUE, "flows_overdue"),
]


async def test_ten_that_are_due_cost_ten(crowded: Pool) -> None:
    for statement, index in LOOKING:
        plan = await plan_of(statement, crowded)
        scans = [node for node in nodes(plan) if node.get("Relation Name") in {"credentials", "flows"}]
        assert index in {node.get("Index Name") for node in nodes(plan)}, plan
        assert "Seq Scan" not in {node["Node Type"] for node in scans}, plan
        assert max(node["Actual Rows"] * node["Actual Loops"] for node in nodes(plan)) <= DUE, plan
        assert sum(node.get("Rows Removed by Filter", 0) for node in scans) == 0, plan


async def plan_of(statement: str, pool: Pool) -> dict[str, Any]:
    """How it was done, and what it cost; what it changed is as before."""
    async with pool.connection() as connection, connection.transaction(force_rollback=True):
        await enter(connection, None, Reach.DUE)
        explained = await connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}".encode(), PARAMETERS)
        row = await explained.fetchone()
    assert row is not None
    written = row["QUERY PLAN"]
    plan: dict[str, Any] = (json.loads(written) if isinstance(written, str) else written)[0]["Plan"]
    return plan
