"""A credential's ``data``: names to base64 strings (RFC 4648 §4), as they are sent, stored and answered.

Base64 because a value may be any bytes; what a type needs as text is decoded where it is judged.
"""

import base64
import re
from collections.abc import Mapping

from domain.errors import FieldError, InvalidRequest, PayloadTooLarge
from domain.secret import Secret

Members = Mapping[str, Secret]

_MOST_CHARACTERS = 512 * 1024  # of all values as sent: Vault takes no entry above 1 MiB, whatever is asked of it
_MOST_MEMBERS = 200
_LONGEST_NAME = 256
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def encoded(text: str) -> Secret:
    """A text as a member's value."""
    return Secret(base64.b64encode(text.encode()).decode())


def decoded(value: Secret) -> str | None:
    """The text in a member's value; None where it is not base64, or not UTF-8."""
    if not _is_base64(value):
        return None
    try:
        return base64.b64decode(value.reveal()).decode()
    except UnicodeDecodeError:
        return None


def require_storable(data: Members) -> None:
    """Raise InvalidRequest for values that are not base64 and for names out of bounds, PayloadTooLarge for too much."""
    if sum(len(value.reveal()) for value in data.values()) > _MOST_CHARACTERS:
        raise PayloadTooLarge("The data is too large: at most 512 KiB, counted in base64.")
    if len(data) > _MOST_MEMBERS:
        raise InvalidRequest(fields=(FieldError("data", f"has at most {_MOST_MEMBERS} members"),))
    if not all(0 < len(name) <= _LONGEST_NAME for name in data):
        raise InvalidRequest(fields=(FieldError("data", f"has names of 1 to {_LONGEST_NAME} characters"),))
    wrong = tuple(FieldError(f"data.{name}", "is not base64") for name, value in data.items() if not _is_base64(value))
    if wrong:
        raise InvalidRequest(fields=wrong)


def _is_base64(value: Secret) -> bool:
    """Padded, without line feeds, and canonical: the bits that count for nothing are zero (§3.5)."""
    text = value.reveal()
    return _BASE64.fullmatch(text) is not None and base64.b64encode(base64.b64decode(text)).decode() == text
