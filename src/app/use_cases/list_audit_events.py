"""Look at what was done, and by whom."""

import attrs

from domain.access import Permission, Principal
from domain.audit import AuditEvent, AuditFilter
from domain.ids import OrganisationId
from domain.lists import ListQuery, Page
from domain.ports import AuditEventStore


@attrs.frozen
class ListAuditEvents:
    audit_events: AuditEventStore

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, query: ListQuery, *, of: AuditFilter
    ) -> Page[AuditEvent]:
        """The organisation's events; for a platform administrator also what came before an organisation of that id.

        Raises NotFound for one that never was; Forbidden also for whoever is narrowed: an event may tell of anything.
        """
        principal.require(Permission.AUDIT, organisation_id)
        principal.require_everything()
        stands_outside = principal.organisation_id is None
        return await self.audit_events.list(organisation_id, query, of=of, with_predecessors=stands_outside)
