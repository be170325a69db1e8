"""Audit events: appended in somebody's transaction, and read in pages.

A change of an organisation, a key, an app, a flow, a connection or a credential appends its event by itself, by a
trigger; what more there is to tell of it goes along as ``detail`` (``tenancy``). ``append`` is for what changes no such
row.
"""

from typing import Any

from psycopg.types.json import Jsonb

from adapters.postgres.pool import Connection
from adapters.postgres.tenancy import Detail
from domain.ids import OrganisationId

_APPEND = """
SELECT append_audit_event(
    %(organisation_id)s, %(action)s, %(target_kind)s, %(target_id)s, %(result)s, %(detail)s
)
"""


async def append(
    connection: Connection,
    organisation_id: OrganisationId,
    action: str,
    *,
    target_kind: str,
    target_id: str,
    result: str = "ok",
    detail: Detail | None = None,
) -> None:
    """Append an event within a transaction of this organisation (``tenancy.within``): it is there if that commits.

    ``action`` is a stable dotted word, listed in ``docs/reference/audit.md``; ``detail`` holds nothing secret. A
    statement of its own may do the same: ``SELECT append_audit_event(organisation_id, 'thing.done', 'thing', id)``.
    """
    parameters: dict[str, Any] = {
        "organisation_id": organisation_id,
        "action": action,
        "target_kind": target_kind,
        "target_id": target_id,
        "result": result,
        "detail": Jsonb(dict(detail or {})),
    }
    await connection.execute(_APPEND, parameters)
