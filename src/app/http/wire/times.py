"""Times as they are sent: RFC 3339, of any offset."""

from datetime import UTC, datetime

from domain.errors import FieldError, InvalidRequest


def in_utc(moment: datetime | None, *, field: str) -> datetime | None:
    """The time in UTC. Raises InvalidRequest for one that UTC's calendar does not have."""
    try:
        return None if moment is None else moment.astimezone(UTC)
    except OverflowError:
        raise InvalidRequest(fields=(FieldError(field, "is too far away"),)) from None
