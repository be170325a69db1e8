"""Audit events, read in pages.

A change of an organisation, a key, an app, a flow, a connection or a credential appends its event by itself, by a
trigger; what more there is to tell of it goes along as ``detail`` (``tenancy``). A statement that changes no such row,
or knows better what it does, appends one with its change: ``SELECT append_audit_event(organisation_id, 'thing.done',
'thing', id) FROM changed``. Its action is a stable word, listed in ``docs/reference/audit.md``.
"""

from collections.abc import Mapping
from functools import partial
from typing import LiteralString

import attrs

from adapters.postgres.lists import Listing, read_page
from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import ask
from domain.audit import Actor, AuditEvent, AuditFilter
from domain.errors import NotFound
from domain.ids import AuditEventId, OrganisationId
from domain.lists import ListQuery, Page, SortField

_KNOWN = """
SELECT
    EXISTS (SELECT FROM organisations WHERE id = %(organisation_id)s)
    OR EXISTS (SELECT FROM audit_events WHERE organisation_id = %(organisation_id)s) AS known
"""

_COLUMNS: Mapping[SortField, str] = {
    SortField.ID: "id",
    SortField.NAME: "action",
    SortField.CREATED_AT: "created_at",
    SortField.UPDATED_AT: "created_at",
}
_OF: Mapping[str, LiteralString] = {
    "action": "action = %(action)s",
    "target_id": "target_id = %(target_id)s",
    "principal_id": "principal_id = %(principal_id)s",
    "since": "created_at >= %(since)s",
    "until": "created_at < %(until)s",
}
_OF_THE_PRESENT_ONE: LiteralString = """
created_at > COALESCE((
    SELECT max(created_at)
    FROM audit_events AS removal
    WHERE removal.organisation_id = %(organisation_id)s AND removal.action = 'organisation.removed'
), '-infinity')
"""
# To count a million takes a hundred times as long as the page.
_TOTAL: LiteralString = "SELECT count(*) FROM (SELECT FROM audit_events WHERE {} LIMIT 10000) AS counted"


@attrs.frozen
class PostgresAuditEventStore:
    """An AuditEventStore."""

    pool: Pool

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, of: AuditFilter, with_predecessors: bool
    ) -> Page[AuditEvent]:
        parameters = {"organisation_id": organisation_id, **attrs.asdict(of)}
        in_context = partial(ask, self.pool, organisation_id)
        [row] = (await in_context(_KNOWN, parameters)).rows
        if not row["known"]:
            raise NotFound
        conditions: list[LiteralString] = ["organisation_id = %(organisation_id)s"]
        conditions += [condition for name, condition in _OF.items() if parameters[name] is not None]
        if not with_predecessors:
            conditions.append(_OF_THE_PRESENT_ONE)
        total = _TOTAL.replace("{}", " AND ".join(conditions))
        listing = Listing(table="audit_events", conditions=conditions, total=total, columns=_COLUMNS)
        return await read_page(in_context, listing, query, parameters, read=_event)


def _event(row: Row) -> AuditEvent:
    organisation_id = row["organisation_id"]
    return AuditEvent(
        id=AuditEventId(row["id"]),
        organisation_id=None if organisation_id is None else OrganisationId(organisation_id),
        created_at=row["created_at"],
        action=row["action"],
        target_kind=row["target_kind"],
        target_id=row["target_id"],
        result=row["result"],
        actor=Actor(
            principal_id=row["principal_id"],
            principal_name=row["principal_name"],
            request_id=row["request_id"],
            source_address=row["source_address"],
        ),
        detail=row["detail"],
    )
