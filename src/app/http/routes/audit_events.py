"""What was done in an organisation, and by whom."""

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.audit_events import AuditEventBody
from app.http.wire.pages import PageBody
from app.http.wire.times import in_utc
from app.use_cases.list_audit_events import ListAuditEvents
from domain.access import Principal
from domain.audit import AuditFilter
from domain.errors import FieldError, InvalidRequest, NotFound
from domain.ids import OrganisationId

_TEXT = "^[^\\x00]{1,256}$"


@get(
    "/organisations/{organisation_id:str}/audit-events",
    summary="List who did what to which thing; by `name` is by action, and 10,000 are counted at most",
    responses=refusals(NotFound),
)
async def list_audit_events(
    organisation_id: FromPath[str],
    principal: NamedDependency[Principal],
    list_audit_events: NamedDependency[ListAuditEvents],
    asked_page: Asked,
    action: Annotated[str | None, QueryParameter(pattern=_TEXT, description="As `connection.created`.")] = None,
    target_id: Annotated[str | None, QueryParameter(name="targetId", pattern=_TEXT)] = None,
    principal_id: Annotated[str | None, QueryParameter(name="principalId", pattern=_TEXT)] = None,
    since: Annotated[datetime | None, QueryParameter(description="Not before.")] = None,
    until: Annotated[datetime | None, QueryParameter(description="Before.")] = None,
) -> PageBody[AuditEventBody]:
    page = await list_audit_events(
        principal,
        read_id(organisation_id, OrganisationId),
        asked_page.query,
        of=AuditFilter(
            action=action,
            target_id=target_id,
            principal_id=principal_id,
            since=_moment(since, field="since"),
            until=_moment(until, field="until"),
        ),
    )
    return asked_page.body(page, AuditEventBody.of, sorted_by=lambda event: event)


def _moment(sent: datetime | None, *, field: str) -> datetime | None:
    """In UTC. Raises InvalidRequest for a time without an offset: nobody knows when that is."""
    if sent is not None and sent.tzinfo is None:
        raise InvalidRequest(fields=(FieldError(field, "has an offset: 2026-11-24T08:00:00Z"),))
    return in_utc(sent, field=field)
