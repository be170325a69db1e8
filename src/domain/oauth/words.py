"""A provider's words are a stranger's: cut and cleaned before they are stored or shown."""

from collections.abc import Iterable
from urllib.parse import quote

from domain.secret import Secret

_CODE_CHARACTERS = 100
_DESCRIPTION_CHARACTERS = 500
_SHORTEST_STRUCK = 6  # shorter ones stand in words by chance
_STRUCK = "[…]"


def error_code(text: str) -> str:
    """An OAuth error code: printable ASCII (RFC 6749 §5.2), at most 100 characters; anything else becomes ``?``."""
    return "".join(c if " " <= c <= "~" else "?" for c in text[:_CODE_CHARACTERS]) or "?"


def scope(text: str) -> str:
    """A scope: anything but printable ASCII (RFC 6749 §3.3) becomes ``?``. Whole: a part of one would name another."""
    return "".join(c if "!" <= c <= "~" else "?" for c in text)


def description(text: object) -> str | None:
    """An ``error_description``: at most 500 characters, none of them a control character; None for what is no text."""
    if not isinstance(text, str):
        return None
    return "".join(c if c.isprintable() else " " for c in text[:_DESCRIPTION_CHARACTERS]).strip() or None


def without(text: str | None, secrets: Iterable[Secret]) -> str | None:
    """The words with every one of these secrets struck out, also one that was cut off at the words' end."""
    if text is None:
        return None
    for value in sorted({secret.reveal() for secret in secrets}, key=len, reverse=True):
        if len(value) >= _SHORTEST_STRUCK:
            text = _struck(_struck(text, value), quote(value, safe=""))
    return text


def _struck(text: str, value: str) -> str:
    text = text.replace(value, _STRUCK)
    cut = next((n for n in range(min(len(value), len(text)), _SHORTEST_STRUCK - 1, -1) if text.endswith(value[:n])), 0)
    return text[: len(text) - cut] + _STRUCK if cut else text
