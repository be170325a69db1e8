"""A provider's words are a stranger's: cut and cleaned before they are stored or shown."""

_CODE_CHARACTERS = 100
_DESCRIPTION_CHARACTERS = 500


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
