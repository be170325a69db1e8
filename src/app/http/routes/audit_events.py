"""What was done in an organisation, and by whom."""

from datetime import datetime
from typing import Annotated

import msgspec
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
_MOMENT = {"format": "date-time"}


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
    since: Annotated[str | None, QueryParameter(description="Not before.", schema_extra=_MOMENT)] = None,
    until: Annotated[str | None, QueryParameter(description="Before.", schema_extra=_MOMENT)] = None,
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


def _moment(sent: str | None, *, field: str) -> datetime | None:
    """In UTC. Raises InvalidRequest for anything else than RFC 3339 has: a framework takes seconds since 1970, too."""
    if sent is None:
        return None
    try:
        return in_utc(msgspec.convert(sent, Annotated[datetime, msgspec.Meta(tz=True)]), field=field)
    except msgspec.ValidationError as error:
        raise InvalidRequest(fields=(FieldError(field, "is a time with an offset: 2026-11-24T08:00:00Z"),)) from error
