"""How long an answer may be kept (RFC 9111 §5.2.2), and when to ask again (RFC 9110 §10.2.3)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

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


def retry_after(value: str, *, now: datetime) -> float | None:
    """The seconds of ``Retry-After``, which are a number or end at a date; None where it does not say, or is malformed.

    A date is the provider's clock against ours: what is past is 0.
    """
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
