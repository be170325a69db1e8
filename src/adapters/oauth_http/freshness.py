"""How long an answer may be kept (RFC 9111 §5.2.2)."""

import re

_DIRECTIVE = re.compile(r'([^\s=,"]+)(?:\s*=\s*("[^"]*"|[^\s,"]*))?')
_DELTA_SECONDS = re.compile(r'"?([0-9]{1,9})"?')
_NOT_TO_BE_KEPT = {"no-cache", "no-store"}


def max_age(cache_control: str) -> int | None:
    """The seconds of ``max-age``; 0 for what must not be kept or is malformed; None where it does not say.

    Of several the shortest counts (RFC 9111 §4.2.1).
    """
    ages = []
    for name, value in _DIRECTIVE.findall(cache_control.lower()):
        if name in _NOT_TO_BE_KEPT:
            return 0
        if name == "max-age":
            seconds = _DELTA_SECONDS.fullmatch(value)
            ages.append(int(seconds[1]) if seconds else 0)
    return min(ages, default=None)
