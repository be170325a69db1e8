"""Organisations and API keys on the wire."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from app.http.wire.body import Body
from domain.access import ApiKey, Organisation, Role
from domain.errors import FieldError, InvalidRequest, NotOfferedYet
from domain.ids import OrganisationId
from domain.secret import Secret

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class CreateOrganisationBody(Body):
    """``id``: 1 to 64 of ``A-Za-z0-9._-``, the first no punctuation; one is made where it is left out."""

    name: Name
    id: str | None = None

    def organisation_id(self) -> OrganisationId | None:
        """Raises InvalidRequest for an identifier of another form."""
        try:
            return None if self.id is None else OrganisationId(self.id)
        except ValueError:
            raise InvalidRequest(fields=(FieldError("id", "is 1 to 64 of A-Za-z0-9._-"),)) from None


class OrganisationBody(Body):
    id: str
    name: str
    created_at: datetime

    @classmethod
    def of(cls, organisation: Organisation) -> "OrganisationBody":
        return cls(id=str(organisation.id), name=organisation.name, created_at=organisation.created_at)


class CreateApiKeyBody(Body):
    """A key to make. ``only`` is not offered yet."""

    name: Name
    roles: list[Role]
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    only: Any = None

    def refuse_what_comes_later(self) -> None:
        """Raises NotOfferedYet: a narrowing that is not kept must not be taken."""
        if self.only is not None:
            raise NotOfferedYet(fields=(FieldError("only", "is not offered yet"),))

    def expiry(self) -> datetime | None:
        """``expiresAt`` in UTC. Raises InvalidRequest for a time that UTC's calendar does not have."""
        try:
            return None if self.expires_at is None else self.expires_at.astimezone(UTC)
        except OverflowError:
            raise InvalidRequest(fields=(FieldError("expiresAt", "is too far away"),)) from None


class ApiKeyBody(Body):
    """A key; ``key`` itself is in this answer alone."""

    id: str
    name: str
    roles: list[str]
    prefix: str
    created_at: datetime
    key: str
    expires_at: datetime | None = None

    @classmethod
    def of(cls, record: ApiKey, key: Secret) -> "ApiKeyBody":
        return cls(
            id=str(record.id),
            name=record.name,
            roles=sorted(record.roles),
            prefix=record.prefix,
            created_at=record.created_at,
            expires_at=record.expires_at,
            key=key.reveal(),
        )
