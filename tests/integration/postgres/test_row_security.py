"""The second wall (C64): what a transaction does not say that it is for, it neither finds nor writes.

All of it as the service's own role, in SQL that forgets every WHERE.
"""

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from adapters.postgres.pool import Connection, Pool
from adapters.postgres.tenancy import Reach, ask
from domain.errors import StorageUnavailable
from domain.ids import OrganisationId
from tests.integration.postgres.two_organisations import TENANT_TABLES, Two
from tests.support.postgres import behind

_ROLE = "SELECT rolsuper OR rolbypassrls AS unbound FROM pg_roles WHERE rolname = current_user"
_POLICIES = "SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'"
_INSERT = sql.SQL("INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, {row})).*")
_GIVE = sql.SQL("UPDATE {table} SET organisation_id = {other}")

_OF_SEVERAL = {
    "app_incidents",
    "connection_counts",
    "connections",
    "credentials",
    "flows",
    "refresh_leases",
    "sealed_grants",
}


async def _count(connection: Connection, table: str) -> int:
    statement = sql.SQL("SELECT count(*) AS number FROM {}").format(sql.Identifier(table))
    [row] = await (await connection.execute(statement)).fetchall()
    return int(row["number"])


async def test_the_suites_role_is_bound_by_row_security(postgres_pool: Pool) -> None:
    async with postgres_pool.connection() as connection:
        [role] = await (await connection.execute(_ROLE)).fetchall()
    assert not role["unbound"]


async def test_every_table_with_an_organisation_is_held(postgres_pool: Pool) -> None:
    async with postgres_pool.connection() as connection:
        tables = await (await connection.execute(TENANT_TABLES)).fetchall()
        policies = await (await connection.execute(_POLICIES)).fetchall()
    assert len(tables) >= 8
    assert [row["name"] for row in tables if not row["held"]] == []
    held = {row["tablename"] for row in policies if row["policyname"] == "of_organisation"}
    assert {row["name"] for row in tables} == held


async def test_without_a_context_nothing_is_found(two: Two) -> None:
    async with two.pool.connection() as connection:
        assert [await _count(connection, table) for table in two.tables] == [0] * len(two.tables)
    async with behind(two.pool) as connection:
        assert min([await _count(connection, table) for table in two.tables]) >= 2


async def test_a_statement_that_forgot_its_organisation_finds_its_own_rows_alone(two: Two) -> None:
    for table in two.tables:
        assert await two.seen(table, two.ours) == {two.ours}, table
        assert await two.seen(table, OrganisationId("nobody")) == set(), table


async def test_a_statement_for_several_finds_theirs_where_refreshes_go_together(two: Two) -> None:
    for table in two.tables:
        found = await two.seen(table, frozenset({two.ours, OrganisationId("nobody")}))
        assert found == ({two.ours} if table in _OF_SEVERAL else set()), table
        both = frozenset({two.ours, two.theirs})
        assert await two.seen(table, both) == (both if table in _OF_SEVERAL else set()), table


async def test_anothers_identifier_is_nobodys(two: Two) -> None:
    [flow] = (await ask(two.pool, two.theirs, "SELECT * FROM flows")).rows
    for table, column in (("flows", "id"), ("connections", "connection_id"), ("credentials", "credential_id")):
        named = {"id": flow[column]}
        for statement in ("SELECT id FROM {} WHERE id = %(id)s", "DELETE FROM {} WHERE id = %(id)s"):
            composed = sql.SQL(statement).format(sql.Identifier(table))
            assert (await ask(two.pool, two.ours, composed, named)).count == 0
    assert (await ask(two.pool, two.theirs, "SELECT * FROM flows")).rows == [flow]


@pytest.mark.parametrize("whose", [None, "ours"])
async def test_nothing_is_written_for_another_or_without_a_context(two: Two, whose: str | None) -> None:
    organisation_id = None if whose is None else two.ours
    for table in two.tables:
        identifier = sql.Identifier(table)
        async with behind(two.pool) as connection:
            statement = sql.SQL("SELECT to_jsonb({table}) AS row FROM {table} WHERE organisation_id = {theirs} LIMIT 1")
            found = await connection.execute(statement.format(table=identifier, theirs=sql.Literal(two.theirs)))
            [row] = await found.fetchall()
        insert = _INSERT.format(table=identifier, row=sql.Literal(Jsonb(row["row"])))
        with pytest.raises(StorageUnavailable) as refusal:
            await ask(two.pool, organisation_id, insert)
        assert "row-level security" in str(refusal.value.__cause__), table


async def test_no_row_is_given_to_another(two: Two) -> None:
    for table in set(two.tables) - {"audit_events"}:  # where nothing changes at all: test_audit_events.py
        give = _GIVE.format(table=sql.Identifier(table), other=sql.Literal(two.theirs))
        with pytest.raises(StorageUnavailable) as refusal:
            await ask(two.pool, two.ours, give)
        assert "row-level security" in str(refusal.value.__cause__), table


async def test_no_reach_shows_another_organisations_rows_for_nothing(two: Two) -> None:
    for reach in Reach:
        for table in two.tables:
            # Numbers alone; and the job's own list, of which each row is due or to be counted.
            if (reach, table) not in {(Reach.DUE, "credential_counts"), (Reach.DUE, "sealed_grants")}:
                assert await two.seen(table, two.ours, reach) <= {two.ours}, (reach, table)
