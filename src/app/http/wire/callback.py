"""The provider's redirect, from the raw query: Litestar would keep the last of a repeated parameter without a word."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from domain.errors import FieldError, InvalidRequest, InvalidState, NotOfferedYet
from domain.oauth.authorization_code import Callback
from domain.secret import Secret

_LONGEST_QUERY = 16_384
_LONGEST_CODE = 4_096
_LONGEST_VALUE = 2_048
_MOST_PARAMETERS = 100
# Tokens in the front channel, and JARM: no answer to what we asked for (RFC 9700 §2.1.2).
_FOREIGN = frozenset({"access_token", "id_token", "refresh_token", "response"})


def read_callback(query: bytes) -> Callback:
    """The callback in a query string.

    Raises InvalidRequest for repeated parameters (RFC 6749 §3.1), control characters and sizes out of bounds;
    InvalidState where there is no ``state``.
    """
    values = dict(_pairs(query))
    state = values.get("state")
    if not state:
        raise InvalidState
    if values.get("endUserId"):
        raise NotOfferedYet(fields=(FieldError("endUserId", "is not offered yet"),))
    code = values.get("code")
    return Callback(
        state=Secret(state),
        code=Secret(code) if code else None,
        error=values.get("error") or None,
        error_description=values.get("error_description") or None,
        issuer=values.get("iss") or None,
    )


def _pairs(query: bytes) -> Sequence[tuple[str, str]]:
    if len(query) > _LONGEST_QUERY:
        raise InvalidRequest("The callback's query is too long: at most 16 KiB.")
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        raise InvalidRequest("The callback's query is malformed.") from None
    names = [name.lower() for name, _ in pairs]
    if len(set(names)) != len(names):
        raise InvalidRequest("The callback repeats a parameter.")
    if not _FOREIGN.isdisjoint(names):
        raise InvalidRequest("The callback carries tokens; only a code is taken.")
    for name, value in pairs:
        if len(value) > (_LONGEST_CODE if name == "code" else _LONGEST_VALUE):
            raise InvalidRequest("A parameter of the callback is too long.")
        if any(character < " " or character == "\x7f" for character in name + value):
            raise InvalidRequest("A parameter of the callback holds a control character.")
    return pairs
