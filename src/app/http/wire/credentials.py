"""Credentials on the wire; what is answered is redacted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from app.http.wire.body import Body
from app.http.wire.times import in_utc
from domain.credentials import Credential, CredentialTerms, CredentialType, errors_of
from domain.errors import FieldError, InvalidRequest
from domain.ids import CredentialId, OrganisationId
from domain.secret import Secret

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
RedactFields = Annotated[list[str], msgspec.Meta(max_length=200)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class CreateCredentialBody(Body):
    """A credential to keep: ``data`` maps names to base64 (RFC 4648 §4), at most 512 KiB of it.

    ``OAuth2Refresh`` is made by connections only. ``redactFields`` counts for ``Default`` only. At ``expiresAt`` the
    credential is deleted.
    """

    name: Name
    type: CredentialType
    data: dict[str, str]
    redact_fields: RedactFields | None = None
    expires_at: Moment | None = None

    def terms(self) -> CredentialTerms:
        """Raises InvalidRequest."""
        return _terms(self)

    def members(self) -> Mapping[str, Secret]:
        return {name: Secret(value) for name, value in self.data.items()}


class ReplaceCredentialBody(Body):
    """A credential as it is to be; what was read can be written back.

    A member of ``data`` that is never returned is kept where it is left out, unless ``type`` changes; null removes it.
    """

    name: Name
    type: CredentialType
    data: dict[str, str | None]
    redact_fields: RedactFields | None = None
    expires_at: Moment | None = None
    id: str | None = None
    organisation_id: str | None = msgspec.field(name="organisationID", default=None)
    errors: Any = None
    created_at: Any = None
    updated_at: Any = None

    def require_address(self, organisation_id: OrganisationId, credential_id: CredentialId) -> None:
        """Raises InvalidRequest where the body names another credential."""
        pairs = (("id", self.id, credential_id), ("organisationID", self.organisation_id, organisation_id))
        wrong = tuple(
            FieldError(name, "is not the address's") for name, sent, ours in pairs if sent not in {None, ours}
        )
        if wrong:
            raise InvalidRequest(fields=wrong)

    def terms(self) -> CredentialTerms:
        """Raises InvalidRequest."""
        return _terms(self)

    def members(self) -> Mapping[str, Secret | None]:
        return {name: None if value is None else Secret(value) for name, value in self.data.items()}


class FieldErrorBody(Body):
    field: str
    message: str


class CredentialBody(Body):
    """A credential; ``data`` maps names to base64 (RFC 4648 §4), and never holds what is redacted."""

    id: str
    organisation_id: str = msgspec.field(name="organisationID")
    name: str
    type: CredentialType
    data: dict[str, str]
    created_at: datetime
    updated_at: datetime
    redact_fields: list[str] = []
    expires_at: datetime | None = None
    errors: list[FieldErrorBody] = []

    @classmethod
    def of(cls, credential: Credential) -> "CredentialBody":
        terms = credential.terms
        return cls(
            id=str(credential.id),
            organisation_id=str(credential.organisation_id),
            name=terms.name,
            type=terms.type,
            data={name: value.reveal() for name, value in credential.visible().items()},
            redact_fields=list(terms.redact_fields),
            expires_at=terms.expires_at,
            errors=[FieldErrorBody(field=error.field, message=error.message) for error in errors_of(credential.data)],
            created_at=credential.created_at,
            updated_at=credential.updated_at,
        )


def _terms(body: CreateCredentialBody | ReplaceCredentialBody) -> CredentialTerms:
    return CredentialTerms(
        name=body.name,
        type=body.type,
        redact_fields=tuple(body.redact_fields or ()),
        expires_at=in_utc(body.expires_at, field="expiresAt"),
    )
