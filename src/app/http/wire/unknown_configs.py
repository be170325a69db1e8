"""``data`` of a type that we do not know: kept whole, and answered without what may be secret.

Nobody tells us which members are. Those that look like it are in the secret store alone, as one document.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from domain.secret import Secret

_SECRET_NAME = re.compile(
    r"secret|pass|token|key|credential|auth|sign|private|cookie|session|bearer|jwt|assertion|pin\b|code|salt|hash",
    re.IGNORECASE,
)
_SECRET_URL = re.compile(r"://[^/]*@|[?#]")  # user and password, or a query, in which keys are sent
_LONGEST_PLAIN = 2048


def split(data: Mapping[str, Any]) -> tuple[dict[str, Any], Secret | None]:
    """What may be answered, and the members that may not, as JSON; None where there are none."""
    hidden = {name: value for name, value in data.items() if _may_be_secret(name, value)}
    plain = {name: value for name, value in data.items() if name not in hidden}
    return plain, Secret(msgspec.json.encode(hidden).decode()) if hidden else None


def _may_be_secret(name: str, value: object) -> bool:
    if _SECRET_NAME.search(name):
        return True
    if isinstance(value, dict):
        return any(_may_be_secret(inner, item) for inner, item in value.items())
    if isinstance(value, list):
        return any(_may_be_secret("", item) for item in value)
    return isinstance(value, str) and (len(value) > _LONGEST_PLAIN or _SECRET_URL.search(value) is not None)
