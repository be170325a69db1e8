"""Credentials on the wire, redacted."""

import base64
from datetime import datetime

import msgspec

from app.http.wire.body import Body
from domain.credentials import Credential, errors_of, visible


class FieldErrorBody(Body):
    field: str
    message: str


class CredentialBody(Body):
    """A credential; ``data`` maps names to base64 (RFC 4648 §4), and never holds what its type redacts."""

    id: str
    organisation_id: str = msgspec.field(name="organisationID")
    name: str
    type: str
    data: dict[str, str]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    errors: list[FieldErrorBody] = []

    @classmethod
    def of(cls, credential: Credential) -> "CredentialBody":
        return cls(
            id=str(credential.id),
            organisation_id=str(credential.organisation_id),
            name=credential.name,
            type=credential.type,
            data={name: base64.b64encode(value.encode()).decode() for name, value in visible(credential.data).items()},
            expires_at=credential.expires_at,
            errors=[FieldErrorBody(field=error.field, message=error.message) for error in errors_of(credential.data)],
            created_at=credential.created_at,
            updated_at=credential.updated_at,
        )
