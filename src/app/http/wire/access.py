"""Organisations and API keys on the wire."""

from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from app.http.wire.body import Body
from app.http.wire.times import in_utc
from domain.access import ApiKey, Organisation, Role
from domain.errors import FieldError, InvalidRequest
from domain.ids import AppId, ConnectionId, OrganisationId, Ulid
from domain.narrowing import EVERYTHING, Narrowing
from domain.secret import Secret

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Named = Annotated[list[Name], msgspec.Meta(max_length=1000)]
AnyUlid = TypeVar("AnyUlid", bound=Ulid)


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


class OnlyBody(Body):
    """What a key is narrowed to; a member that is left out narrows nothing."""

    app_ids: Named | None = None
    connection_ids: Named | None = None
    end_user_ids: Named | None = None

    def read(self) -> Narrowing:
        """Raises InvalidRequest for what is no identifier."""
        return Narrowing(
            app_ids=_read_ids(self.app_ids, AppId, field="only.appIds"),
            connection_ids=_read_ids(self.connection_ids, ConnectionId, field="only.connectionIds"),
            end_user_ids=None if self.end_user_ids is None else frozenset(self.end_user_ids),
        )

    @classmethod
    def of(cls, only: Narrowing) -> "OnlyBody | None":
        """None where nothing is narrowed."""
        if only.is_everything:
            return None
        return cls(
            app_ids=_sorted(only.app_ids),
            connection_ids=_sorted(only.connection_ids),
            end_user_ids=_sorted(only.end_user_ids),
        )


class CreateApiKeyBody(Body):
    """A key to make, narrowed to ``only``, until ``expiresAt``."""

    name: Name
    roles: list[Role]
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    only: OnlyBody | None = None

    def narrowing(self) -> Narrowing:
        """``only``. Raises InvalidRequest."""
        return EVERYTHING if self.only is None else self.only.read()

    def expiry(self) -> datetime | None:
        """``expiresAt`` in UTC. Raises InvalidRequest for a time that UTC's calendar does not have."""
        return in_utc(self.expires_at, field="expiresAt")


class ApiKeyBody(Body):
    """A key by its prefix: never the key itself."""

    id: str
    name: str
    roles: list[str]
    prefix: str
    created_at: datetime
    expires_at: datetime | None = None
    only: OnlyBody | None = None

    @classmethod
    def of(cls, record: ApiKey) -> "ApiKeyBody":
        return cls(**_members(record))


class NewApiKeyBody(Body):
    """A new key; ``key`` itself is in this answer alone."""

    id: str
    name: str
    roles: list[str]
    prefix: str
    created_at: datetime
    key: str
    expires_at: datetime | None = None
    only: OnlyBody | None = None

    @classmethod
    def of(cls, record: ApiKey, key: Secret) -> "NewApiKeyBody":
        return cls(**_members(record), key=key.reveal())


def _members(record: ApiKey) -> dict[str, Any]:
    return {
        "id": str(record.id),
        "name": record.name,
        "roles": sorted(record.roles),
        "prefix": record.prefix,
        "created_at": record.created_at,
        "expires_at": record.expires_at,
        "only": OnlyBody.of(record.only),
    }


def _read_ids(values: list[str] | None, kind: type[AnyUlid], *, field: str) -> frozenset[AnyUlid] | None:
    try:
        return None if values is None else frozenset(map(kind, values))
    except ValueError:
        raise InvalidRequest(fields=(FieldError(field, "holds what is no identifier"),)) from None


def _sorted(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else sorted(map(str, values))
