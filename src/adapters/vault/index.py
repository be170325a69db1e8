"""X-Vault-Index: where in its log Vault was when it answered. Sent back with a read, it forbids an older answer.

OpenBao's is the base64 of ``{"cluster": …, "value": "<number>"}``, opaque by its documentation: it is looked into only
to tell which of two is newer, and what cannot be compared is taken for the newer one.
"""

import base64
import json
from typing import Any


def newer_index(known: str | None, answered: str) -> str:
    """The newer of two indexes; of two clusters' indexes the one just answered."""
    if known is None or _cluster(known) != _cluster(answered):
        return answered
    return max(known, answered, key=_value)


def _cluster(index: str) -> object:
    return _decoded(index).get("cluster")


def _value(index: str) -> int:
    value = str(_decoded(index).get("value"))
    return int(value) if value.isdecimal() else 0


def _decoded(index: str) -> dict[str, Any]:
    try:
        decoded = json.loads(base64.b64decode(index))
    except ValueError:
        return {"cluster": index}
    return decoded if isinstance(decoded, dict) else {"cluster": index}
