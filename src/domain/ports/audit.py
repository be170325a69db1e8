"""Who is behind what is done, and what was done."""

from typing import Protocol

from domain.audit import Actor, AuditEvent, AuditFilter
from domain.ids import OrganisationId
from domain.lists import ListQuery, Page


class Acting(Protocol):
    """Names who is behind what the stores are told to do, so that their audit events do; unless told it is Switchboard.

    What is begun meanwhile, and goes on longer, stays the deed of whoever began it.
    """

    def become(self, actor: Actor) -> None:
        """What is done from here to the end of the request is this actor's."""


class AuditEventStore(Protocol):
    """What the other stores appended when they did it; nothing is written through this one.

    There is none in memory: the events are the database's, appended in the transactions that they tell of, and only
    there can it be seen that none is missing and that none can be changed.
    """

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, of: AuditFilter, with_predecessors: bool
    ) -> Page[AuditEvent]:
        """The organisation's events, by ``name`` as their action; more than 10,000 are counted as 10,000.

        An identifier may have been another organisation's, which was removed: ``with_predecessors`` answers its events,
        too. Raises NotFound for an organisation that never was.
        """
