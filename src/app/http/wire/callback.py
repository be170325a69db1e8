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
_KNOWN = frozenset({"state", "code", "error", "error_description", "error_uri", "iss", "enduserid"})
# For people, and cut and cleaned before they are shown: Entra's hold line breaks, and others' are long.
_WORDS = frozenset({"error_description", "error_uri"})
_FOREIGN = frozenset({"access_token", "id_token", "refresh_token", "response"})


def read_callback(query: bytes) -> Callback:
    """The callback in a query string.

    Parameters that we do not know are ignored (RFC 6749 §4.1.2). Raises InvalidRequest for repeated ones (§3.1),
    control characters and sizes out of bounds;
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
    if not _FOREIGN.isdisjoint(names):
        raise InvalidRequest("The callback carries tokens; only a code is taken.")
    known = [(name, value) for name, value in pairs if name.lower() in _KNOWN]
    if len({name.lower() for name, _ in known}) != len(known):
        raise InvalidRequest("The callback repeats a parameter.")
    for name, value in known:
        if name not in _WORDS:
            _refuse_unfit(value, longest=_LONGEST_CODE if name == "code" else _LONGEST_VALUE)
    return known


def _refuse_unfit(value: str, *, longest: int) -> None:
    if len(value) > longest:
        raise InvalidRequest("A parameter of the callback is too long.")
    if any(character < " " or character == "\x7f" for character in value):
        raise InvalidRequest("A parameter of the callback holds a control character.")
