"""A page of very many audit events is read along an index, whatever it is asked for; its total is counted to an end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.postgres.audit import PostgresAuditEventStore
from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import open_pool
from domain.access import Organisation
from domain.audit import AuditFilter
from domain.lists import DEFAULT_FIRST, ListQuery, read_order
from tests.contract.stores import postgres_stores
from tests.support.domain_examples import an_organisation
from tests.support.plans import Statements, recorded
from tests.support.postgres import behind
from tests.support.servers import PostgresServer

EVENTS = 30_000
COUNTED = 10_000
_MANY = """
SELECT append_audit_event(
    %(organisation_id)s, CASE WHEN number %% 30 = 0 THEN 'thing.made' ELSE 'thing.changed' END, 'thing',
    (number %% 100)::text,
    who => jsonb_build_object('principal_id', number %% 50)
)
FROM generate_series(1, %(events)s) AS number
"""
NOW = datetime.now(UTC)
FILTERS = {
    "all": AuditFilter(),
    "of a target": AuditFilter(target_id="7"),
    "of a principal": AuditFilter(principal_id="7"),
    "of an action": AuditFilter(action="thing.made"),
    "of a time": AuditFilter(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1)),
}


@pytest.fixture(scope="module")
async def crowded(postgres_server: PostgresServer) -> AsyncIterator[tuple[Statements, Organisation]]:
    organisation = an_organisation()
    with postgres_server.database() as dsn:
        PostgresMigrator(dsn).migrate()
        async with open_pool(dsn, max_size=2) as pool:
            await postgres_stores(pool).organisations.add(organisation)
            async with behind(pool) as connection:
                await connection.execute("SET statement_timeout = 0")
                await connection.execute(_MANY, {"organisation_id": organisation.id, "events": EVENTS})
                await connection.execute("RESET ROLE")
                await connection.execute("ANALYZE audit_events")
        async with recorded(dsn) as statements:
            yield statements, organisation


@pytest.mark.parametrize("order", ["id:asc", "id:desc", "createdAt:desc"])
@pytest.mark.parametrize("of", FILTERS.values(), ids=FILTERS.keys())
async def test_a_page_reads_what_it_answers_and_what_it_counts(
    crowded: tuple[Statements, Organisation], of: AuditFilter, order: str
) -> None:
    statements, organisation = crowded
    store = PostgresAuditEventStore(statements.pool)
    query = ListQuery(order=read_order(order))

    async def ask() -> object:
        return await store.list(organisation.id, query, of=of, with_predecessors=False)

    plans = await statements.plans_of(ask)
    assert max(plan.rows_read("audit_events") for plan in plans) <= COUNTED + 100 * (DEFAULT_FIRST + 1)
    assert not any("Sort" in plan.kinds() and of == FILTERS["all"] for plan in plans)
