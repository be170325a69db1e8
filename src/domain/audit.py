"""Who is behind a deed, and how it is told: an audit event says who did what to which thing, and what came of it."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from domain.ids import AuditEventId, OrganisationId


@attrs.frozen(kw_only=True)
class Actor:
    """Whoever is behind what is done.

    Attributes:
        principal_id: As ``Principal.id``; None for a browser, which carries no key.
        principal_name: What a person calls it.
        request_id: The request's that it is done for; None in a job.
        source_address: Where that request came from.

    """

    principal_id: str | None = None
    principal_name: str | None = None
    request_id: str | None = None
    source_address: str | None = None


SWITCHBOARD = Actor(principal_id="switchboard", principal_name="Switchboard")
"""What nobody asked for: jobs."""


@attrs.frozen(kw_only=True)
class AuditFilter:
    """Which events of an organisation; a member that is None leaves nothing out.

    Attributes:
        since: Not before.
        until: Before.

    """

    action: str | None = None
    target_id: str | None = None
    principal_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@attrs.frozen(kw_only=True)
class AuditEvent:
    """A deed, as it was done.

    Attributes:
        action: A stable dotted word: ``connection.created``.
        target_kind: What ``target_id`` names: ``connection``.
        result: ``ok``, or the code of what went wrong.
        detail: Further members, in the API's words; never anything secret.

    """

    id: AuditEventId
    organisation_id: OrganisationId | None
    created_at: datetime
    action: str
    target_kind: str
    target_id: str
    result: str
    actor: Actor
    detail: Mapping[str, object]

    @property
    def name(self) -> str:
        """What a list is sorted by as ``name``."""
        return self.action

    @property
    def updated_at(self) -> datetime:
        """An event stays as it was."""
        return self.created_at
