"""Credentials as the API answers them: parse, judge, redact, expire.

One that exists as Default, Raw, BasicAuth or OAuth2Refresh is whole; data that is not whole is Unusable, from which
nothing is issued.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import attrs

from domain.credential_data import Members, decoded, encoded
from domain.errors import FieldError, InvalidRequest
from domain.ids import ConnectionId, CredentialId, OrganisationId
from domain.oauth.client import AuthStyle
from domain.secret import Secret
from domain.tokens import Unusable

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class CredentialType(StrEnum):
    DEFAULT = "Default"
    RAW = "Raw"
    BASIC_AUTH = "BasicAuth"
    OAUTH2_REFRESH = "OAuth2Refresh"


NEVER_RETURNED: Mapping[CredentialType, frozenset[str]] = {
    CredentialType.DEFAULT: frozenset(),  # what its owner says
    CredentialType.RAW: frozenset({"raw"}),
    CredentialType.BASIC_AUTH: frozenset({"password"}),
    CredentialType.OAUTH2_REFRESH: frozenset({"clientSecret", "refreshToken"}),
}


@attrs.frozen
class Default:
    """Anything, for its owner alone to understand."""

    members: Members


@attrs.frozen
class Raw:
    """A value that is used until the credential expires."""

    raw: Secret


@attrs.frozen(kw_only=True)
class BasicAuth:
    """RFC 7617."""

    username: str
    password: Secret


@attrs.frozen(kw_only=True)
class OAuth2Refresh:
    """What issues access tokens from a refresh token (RFC 6749 §6)."""

    client_id: str
    client_secret: Secret | None
    token_url: str
    refresh_token: Secret
    auth_style: AuthStyle


CredentialData = Default | Raw | BasicAuth | OAuth2Refresh | Unusable


@attrs.frozen(kw_only=True)
class CredentialTerms:
    """What is not secret of a credential and its owner's to say.

    Attributes:
        redact_fields: The members of a ``Default`` that are never returned; empty for every other type.
        expires_at: When the service deletes it: a token's expiry only where the token is all there is (``Raw``).

    """

    name: str
    type: CredentialType
    redact_fields: tuple[str, ...] = ()
    expires_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Credential:
    """A credential with its record.

    Attributes:
        connection_id: The connection that owns it, if one does.
        members: All of its data as the API spells it, what is never returned included.
        data: What the members amount to.
        secret_version: The secret store's version of them.

    """

    id: CredentialId
    organisation_id: OrganisationId
    connection_id: ConnectionId | None
    terms: CredentialTerms
    members: Members
    data: CredentialData
    secret_version: int
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        return self.terms.name

    def visible(self) -> Members:
        """What may be returned of it."""
        hidden = redacted_names(self.terms)
        return {name: value for name, value in self.members.items() if name not in hidden}


def redacted_names(terms: CredentialTerms) -> frozenset[str]:
    """The members that are never returned; those of ``redact_fields`` count for a ``Default`` alone."""
    chosen = terms.redact_fields if terms.type is CredentialType.DEFAULT else ()
    return NEVER_RETURNED[terms.type] | frozenset(chosen)


def settled_terms(terms: CredentialTerms, *, now: datetime) -> CredentialTerms:
    """The terms as they are kept.

    Raises InvalidRequest for a credential that only a connection makes, and for an end that is over.
    """
    if terms.type is CredentialType.OAUTH2_REFRESH:
        raise InvalidRequest(fields=(FieldError("type", "OAuth2Refresh is made by connections only: connect an app"),))
    if terms.expires_at is not None and terms.expires_at <= now:
        raise InvalidRequest(fields=(FieldError("expiresAt", "is in the past"),))
    redact = tuple(dict.fromkeys(terms.redact_fields)) if terms.type is CredentialType.DEFAULT else ()
    return attrs.evolve(terms, redact_fields=redact)


def replacement(
    stored: Credential, terms: CredentialTerms, sent: Mapping[str, Secret | None]
) -> tuple[CredentialTerms, Members]:
    """Terms and data after a replacement, of settled terms and what is sent; None removes a member.

    A member that is never returned, and so cannot be sent again, is kept where it is left out, and stays what is never
    returned. A change of type keeps nothing: what one type hides, another shows.
    """
    hidden = redacted_names(stored.terms) if stored.terms.type is terms.type else frozenset()
    kept = {name: value for name, value in stored.members.items() if name in hidden and name not in sent}
    members = kept | {name: value for name, value in sent.items() if value is not None}
    if terms.type is CredentialType.DEFAULT:
        terms = attrs.evolve(terms, redact_fields=tuple(dict.fromkeys((*terms.redact_fields, *kept))))
    return terms, members


def parse(kind: CredentialType, members: Members) -> CredentialData:
    """What stored members amount to."""
    match kind:
        case CredentialType.DEFAULT:
            return Default(members)
        case CredentialType.RAW:
            texts, errors = _texts(members, "raw")
            return Unusable(errors) if errors else Raw(texts["raw"])
        case CredentialType.BASIC_AUTH:
            texts, errors = _texts(members, "username", "password")
            errors = errors or _basic_errors(texts)
            if errors:
                return Unusable(errors)
            return BasicAuth(username=texts["username"].reveal(), password=texts["password"])
        case CredentialType.OAUTH2_REFRESH:
            return Unusable((FieldError("type", "is made by connections only"),))
        case _:
            assert_never(kind)


def members_of(data: CredentialData) -> Members:
    """A credential's data under the API's names."""
    match data:
        case Default():
            return data.members
        case Raw():
            return {"raw": encoded(data.raw.reveal())}
        case BasicAuth():
            return {"username": encoded(data.username), "password": encoded(data.password.reveal())}
        case OAuth2Refresh():
            secret = {} if data.client_secret is None else {"clientSecret": encoded(data.client_secret.reveal())}
            return secret | {
                "clientID": encoded(data.client_id),
                "tokenURL": encoded(data.token_url),
                "refreshToken": encoded(data.refresh_token.reveal()),
                "authStyle": encoded(data.auth_style.value),
            }
        case Unusable():
            return {}
        case _:
            assert_never(data)


def errors_of(data: CredentialData) -> tuple[FieldError, ...]:
    """Why nothing can be issued from it; empty when it is valid."""
    return data.errors if isinstance(data, Unusable) else ()


def _texts(members: Members, *names: str) -> tuple[Mapping[str, Secret], tuple[FieldError, ...]]:
    """The members of a type, decoded, and what is wrong with them: it has these, and no others."""
    texts = {name: text for name in names if name in members and (text := decoded(members[name])) is not None}
    missing = (FieldError(name, "is missing") for name in names if name not in members)
    binary = (FieldError(name, "is not text in UTF-8") for name in names if name in members and name not in texts)
    others = (FieldError(name, "is no member of this type") for name in sorted(members) if name not in names)
    return {name: Secret(text) for name, text in texts.items()}, (*missing, *binary, *others)


def _basic_errors(texts: Mapping[str, Secret]) -> tuple[FieldError, ...]:
    """What RFC 7617 §2 cannot carry."""
    colon = (FieldError("username", "has no colon (RFC 7617 §2)"),) if ":" in texts["username"].reveal() else ()
    controls = (name for name, text in texts.items() if _CONTROL.search(text.reveal()))
    return (*colon, *(FieldError(name, "has no control characters (RFC 7617 §2)") for name in controls))
