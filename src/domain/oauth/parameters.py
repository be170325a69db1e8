"""Parameters that an app or a caller adds to a request of ours (RFC 6749 §8.2), which override none of it."""

import re
import unicodedata
from collections.abc import Iterable

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def unreserved(parameters: Iterable[tuple[str, str]], reserved: frozenset[str]) -> list[tuple[str, str]]:
    """Those whose name no provider could read as a reserved one."""
    return [(name, value) for name, value in parameters if _as_read(name) not in reserved]


def _as_read(name: str) -> str:
    # As the most lenient server reads it. ASP.NET does not look at case; PHP cuts at a bracket or NUL, and turns dots
    # and spaces into underscores: there `redirect.uri[]` would take the place of `redirect_uri`.
    kept = re.split(r"[\[\0]", name, maxsplit=1)[0]
    return _SEPARATORS.sub("_", unicodedata.normalize("NFKC", kept).casefold()).strip("_")
