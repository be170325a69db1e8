"""What msgspec refuses, in our words: which member, and what is wrong with it; never what it holds."""

import re

import msgspec

from domain.errors import FieldError

_LONGEST_NAME = 100
_REFUSAL = re.compile(r"(?P<words>.*?)(?: - at (?:`key` in )?`\$(?P<path>.*)`)?", re.DOTALL)
_MEMBER = re.compile(r"Object (?P<fault>contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)


def field_error(error: msgspec.ValidationError, *, within: str = "") -> FieldError:
    """The member, below ``within``, that a body is refused for."""
    refusal = _REFUSAL.fullmatch(str(error))
    words, path = (str(error), "") if refusal is None else (refusal["words"], refusal["path"] or "")
    member = _MEMBER.fullmatch(words)
    if member is not None:
        name = named(f"{within}{path}.{member['name']}")
        return FieldError(name, "is no member here" if member["fault"] == "contains unknown" else "is missing")
    if words.startswith("Invalid enum value"):  # msgspec quotes it
        words = "is none of the words that this member takes"
    return FieldError(named(f"{within}{path}") or "body", words)


def named(path: str) -> str:
    """A member's path as we answer it: the caller's own words, which may be of any length."""
    return path.strip(".")[:_LONGEST_NAME]
