"""Identifiers, each its own type: one that exists is well-formed, and safe as a segment of a path."""

import re
from datetime import datetime
from typing import ClassVar, Self

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BYTES = 10


class Identifier(str):
    """A string of a known form. Raises ValueError for any other."""

    __slots__ = ()
    FORM: ClassVar[re.Pattern[str]]

    def __new__(cls, value: str) -> Self:
        if not cls.FORM.fullmatch(value):
            raise ValueError(f"not a well-formed {cls.__name__}")
        return super().__new__(cls, value)


class OrganisationId(Identifier):
    """Opaque, chosen by the platform: it goes into Vault paths, and none begins with ``_`` (those are ours)."""

    __slots__ = ()
    FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Ulid(Identifier):
    """A ULID in canonical (upper-case Crockford base 32) form."""

    __slots__ = ()
    FORM = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")

    @classmethod
    def of(cls, now: datetime, *, randomness: bytes) -> Self:
        """The ULID of a moment and 10 random bytes: 48 bits of milliseconds, then 80 of randomness."""
        if len(randomness) != _RANDOM_BYTES:
            raise ValueError("a ULID takes 10 random bytes")
        number = (int(now.timestamp() * 1000) << 80) | int.from_bytes(randomness)
        return cls("".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5)))


class AppId(Ulid):
    __slots__ = ()


class ApiKeyId(Ulid):
    __slots__ = ()


class SigningKeyId(Ulid):
    __slots__ = ()


class AuditEventId(Ulid):
    __slots__ = ()


class CallbackId(Ulid):
    """Names an app's landing page: distinct for each app, so that one app's answer cannot arrive as another's."""

    __slots__ = ()


class ConnectionId(Ulid):
    __slots__ = ()


class CredentialId(Ulid):
    __slots__ = ()


class FlowId(Ulid):
    __slots__ = ()


class AttemptId(Ulid):
    """One claim of a flow, or one refresh: marks what it wrote, so that a lost answer can be told from a rival's."""

    __slots__ = ()
