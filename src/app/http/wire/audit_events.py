"""Audit events on the wire."""

from datetime import datetime
from typing import Any

from app.http.wire.body import Body
from domain.audit import AuditEvent


class AuditPrincipalBody(Body):
    """Whoever did it: ``switchboard`` is ourselves, ``role:`` and a name somebody's own SQL."""

    id: str
    name: str


class AuditTargetBody(Body):
    """What it was done to."""

    kind: str
    id: str


class AuditEventBody(Body):
    """Who did what to which thing, from where, and what came of it: ``ok``, or the code of what went wrong."""

    id: str
    created_at: datetime
    action: str
    principal: AuditPrincipalBody
    target: AuditTargetBody
    result: str
    detail: dict[str, Any]
    request_id: str | None = None
    source_address: str | None = None

    @classmethod
    def of(cls, event: AuditEvent) -> "AuditEventBody":
        actor = event.actor
        return cls(
            id=str(event.id),
            created_at=event.created_at,
            action=event.action,
            principal=AuditPrincipalBody(id=actor.principal_id or "", name=actor.principal_name or ""),
            target=AuditTargetBody(kind=event.target_kind, id=event.target_id),
            result=event.result,
            detail=dict(event.detail),
            request_id=actor.request_id,
            source_address=actor.source_address,
        )
