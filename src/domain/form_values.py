"""Members of a connection's form: what was sent, read into the text to keep.

Each raises ValueError for what it does not take; its words say what the member has to be, and never quote it.
"""

import json
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from domain.auth_configs import Location
from domain.jwt_bearer import read_payload
from domain.lifetimes import read_lifetime
from domain.oauth.authorization_code import TOKEN_RESERVED
from domain.oauth.parameters import unreserved
from domain.request_auth import fits

_MOST_CHARACTERS = 64 * 1024
_MOST_PARAMETERS = 50
_MOST_SECONDS = 366 * 86_400
_OF_THE_GRANT = TOKEN_RESERVED | {"password", "username"}


def as_text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("is a string that is not empty")
    if len(value) > _MOST_CHARACTERS:
        raise ValueError("is at most 64 Ki characters long")
    return value


def as_header_value(location: Location) -> Callable[[object], str]:
    """Text that can stand at that place of a request."""

    def read(value: object) -> str:
        text = as_text(value)
        if not fits(text, location):
            raise ValueError(f"holds characters that a {location} does not take")
        return text

    return read


def as_user(value: object) -> str:
    """RFC 7617 §2: a colon would move the border to the password."""
    text = as_text(value)
    if ":" in text or not text.isprintable():
        raise ValueError("has no colon and no control characters (RFC 7617 §2)")
    return text


def as_password(value: object) -> str:
    """May be empty: some APIs take a key as the user, and no password."""
    return value if value == "" and isinstance(value, str) else as_text(value)


def as_prefix(value: object) -> str:
    """Printable ASCII, and may be empty."""
    if not isinstance(value, str) or (value and not fits(value, Location.HEADER)):
        raise ValueError("is printable ASCII, without spaces at its ends")
    return value


def as_flag(value: object) -> str:
    if not isinstance(value, bool):
        raise ValueError("is true or false")  # noqa: TRY004 - the caller's value, no defect
    return "true" if value else ""


def as_choice(choices: Mapping[int, str] | Mapping[str, str]) -> Callable[[object], str]:
    """The word that a choice is kept as."""

    def read(value: object) -> str:
        # True is 1 to Python, and no number to JSON.
        found = None if isinstance(value, bool) else next((w for c, w in choices.items() if c == value), None)
        if found is None:
            raise ValueError(f"is one of {', '.join(map(str, choices))}")
        return found

    return read


def as_json_object(value: object) -> str:
    """An object, or a string that holds one."""
    try:
        text = value if isinstance(value, str) else json.dumps(value) if isinstance(value, Mapping) else ""
    except (ValueError, RecursionError):
        text = ""
    if len(text) > _MOST_CHARACTERS or read_payload(text) is None:
        raise ValueError("is an object, or a string that holds one in JSON")
    return text


def as_lifetime(value: object) -> str:
    seconds = read_lifetime(value) if isinstance(value, str) else None
    if seconds is None or seconds > _MOST_SECONDS:
        raise ValueError("is a length of time, at most a year: seconds, or 90s, 15m, 1h30m")
    return str(seconds)


def as_parameters(value: object) -> str:
    """A query string (WHATWG URL, application/x-www-form-urlencoded), each name once, none of the grant's own."""
    if not isinstance(value, str) or len(value) > _MOST_CHARACTERS:
        raise ValueError("is a query string")
    try:
        pairs = parse_qsl(value, keep_blank_values=True, strict_parsing=bool(value), max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise ValueError(f"is a query string of at most {_MOST_PARAMETERS} members") from None
    if len(dict(pairs)) != len(pairs):
        raise ValueError("names a member twice")
    if len(unreserved(pairs, frozenset(_OF_THE_GRANT))) != len(pairs):
        raise ValueError("names a member that the grant sets itself")
    return value
