"""What a provider granted, and the arithmetic of its validity.

A grant is kept as a flat document of strings under RFC 6749's own names, so that whoever looks into Vault can read it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Self

import attrs

from domain.accounts import Account
from domain.errors import FieldError
from domain.ids import AttemptId
from domain.secret import Secret

# RFC 6749 appendix A.12 and A.17: 1*VSCHAR. Two of the longest still fit into one document of Vault's (1 MiB), however
# its JSON spells them.
TOKEN = re.compile(r"[\x20-\x7e]{1,65536}")

BEARER = "Bearer"
"""The one type of token that is issued to whoever asks (RFC 6750)."""

_TELLING = timedelta(seconds=10)

DEFAULT_VALIDITY_SECONDS = 60.0
"""What a caller gets who asks for no validity of their own."""


@attrs.frozen
class Unusable:
    """A stored document from which nothing is ever issued, and why."""

    errors: tuple[FieldError, ...]


@attrs.frozen(kw_only=True)
class AccessToken:
    """What a caller may have of a grant.

    Attributes:
        obtained_at: Just before the request was sent, so that the life is never over-estimated.
        expires_at: The access token's end; None when the provider did not say.
        scope: What was granted, separated by spaces; what was asked for when the provider did not say.

    """

    access_token: Secret
    token_type: str
    obtained_at: datetime
    expires_at: datetime | None
    scope: str

    def seconds_left(self, now: datetime) -> float | None:
        """Seconds until the access token ends, negative afterwards; None when its end is not known."""
        return None if self.expires_at is None else (self.expires_at - now).total_seconds()

    def is_due(self, now: datetime, *, minimum_validity: float) -> bool:
        """Whether fewer than ``minimum_validity`` seconds are left.

        Where the provider never gives that much, only once nine tenths of the life are over, lest each call refresh.
        """
        if self.expires_at is None:
            return False
        left = (self.expires_at - now).total_seconds()
        life = (self.expires_at - self.obtained_at).total_seconds()
        return left <= 0 or left < needed_seconds(life, minimum_validity=minimum_validity)


@attrs.frozen(kw_only=True)
class TokenGrant(AccessToken):
    """A provider's answer to a token request (RFC 6749 §5.1), judged.

    Attributes:
        attempt: The claim or the refresh that obtained it.
        grant_expires_at: The refresh token's end, where the provider says it; then the user has to connect again.
        grant_end_moves: Whether a renewal put that end off; None until one has shown it.
        granted_at: When its user allowed it, of a grant that was renewed since.
        account: Whose it is at the provider; where that is refused, nothing is issued of the grant.

    """

    refresh_token: Secret | None
    attempt: AttemptId
    grant_expires_at: datetime | None = None
    grant_end_moves: bool | None = None
    granted_at: datetime | None = None
    account: Account = attrs.field(factory=Account)

    def access(self) -> AccessToken:
        """This grant's token alone."""
        return AccessToken(
            access_token=self.access_token,
            token_type=self.token_type,
            obtained_at=self.obtained_at,
            expires_at=self.expires_at,
            scope=self.scope,
        )

    def renewed_by(self, newer: "TokenGrant") -> "TokenGrant":
        """The newer grant, of this one's account; it keeps this refresh token where it brings none (RFC 6749 §6)."""
        return attrs.evolve(
            newer,
            refresh_token=newer.refresh_token if newer.refresh_token is not None else self.refresh_token,
            grant_expires_at=newer.grant_expires_at or (None if newer.refresh_token else self.grant_expires_at),
            grant_end_moves=self._end_moves(newer),
            granted_at=self.granted_at or self.obtained_at,
            account=self.account.renewed_by(newer.account),
        )

    def _end_moves(self, newer: "TokenGrant") -> bool | None:
        """What the newer grant shows, unless it came too soon: providers count in whole seconds."""
        between = newer.obtained_at - self.obtained_at
        if self.grant_expires_at is None or between < _TELLING:
            return self.grant_end_moves
        if newer.grant_expires_at is None:
            return False if newer.refresh_token is None else None
        return newer.grant_expires_at - self.grant_expires_at > between / 2

    def to_document(self) -> Mapping[str, Secret]:
        """As it is stored: members that are unknown are left out."""
        members = {
            "access_token": self.access_token,
            "token_type": Secret(self.token_type),
            "obtained_at": Secret(self.obtained_at.isoformat()),
            "expires_at": None if self.expires_at is None else Secret(self.expires_at.isoformat()),
            "refresh_token": self.refresh_token,
            "scope": Secret(self.scope),
            "attempt": Secret(self.attempt),
            "grant_expires_at": None if self.grant_expires_at is None else Secret(self.grant_expires_at.isoformat()),
            "grant_end_moves": None if self.grant_end_moves is None else Secret(str(self.grant_end_moves).lower()),
            "granted_at": None if self.granted_at is None else Secret(self.granted_at.isoformat()),
        }
        known = {name: value for name, value in members.items() if value is not None}
        return {**known, **self.account.to_document()}

    @classmethod
    def from_document(cls, document: Mapping[str, Secret]) -> Self | Unusable:
        """What ``to_document`` stored, or what is wrong with a document that somebody else wrote."""
        errors = _errors_of(document)
        if errors:
            return Unusable(errors)
        try:
            moves = document.get("grant_end_moves")
            return cls(
                access_token=document["access_token"],
                token_type=document["token_type"].reveal(),
                obtained_at=_moment(document["obtained_at"]),
                expires_at=_moment_of(document, "expires_at"),
                refresh_token=document.get("refresh_token"),
                scope=document.get("scope", Secret("")).reveal(),
                attempt=AttemptId(document["attempt"].reveal()),
                grant_expires_at=_moment_of(document, "grant_expires_at"),
                grant_end_moves=None if moves is None else moves == Secret("true"),
                granted_at=_moment_of(document, "granted_at"),
                account=Account.from_document(document),
            )
        except ValueError:
            return Unusable((FieldError("data", "the stored grant's times, attempt or account are malformed"),))


def needed_seconds(life: float, *, minimum_validity: float) -> float:
    """How many seconds of a token's life have to be left: a tenth of it where it never has that many."""
    return minimum_validity if minimum_validity < life else life / 10


def _errors_of(document: Mapping[str, Secret]) -> tuple[FieldError, ...]:
    missing = (name for name in ("access_token", "token_type", "obtained_at", "attempt") if name not in document)
    tokens = (name for name in ("access_token", "token_type", "refresh_token") if name in document)
    malformed = (name for name in tokens if not TOKEN.fullmatch(document[name].reveal()))
    return (
        *(FieldError(name, "is missing from the stored grant") for name in missing),
        *(FieldError(name, "is malformed in the stored grant") for name in malformed),
    )


def _moment_of(document: Mapping[str, Secret], name: str) -> datetime | None:
    return _moment(document[name]) if name in document else None


def _moment(value: Secret) -> datetime:
    moment = datetime.fromisoformat(value.reveal())
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
