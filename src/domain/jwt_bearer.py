"""What a connection's own JWT claims (RFC 7519)."""

import json
import math
from collections.abc import Mapping
from datetime import datetime

import attrs

from domain.secret import Secret


@attrs.frozen(kw_only=True)
class Signing:
    """What one JWT is made of, and what stands before it."""

    claims: Mapping[str, object]
    algorithm: str
    key: Secret
    prefix: str


def signing_of(document: Mapping[str, Secret], *, now: datetime) -> Signing:
    """The JWT that a connection's form asks for, as of ``now``."""
    payload = read_payload(document["payload"].reveal()) or {}
    return Signing(
        claims=claims_of(payload, now=now, lifetime_seconds=int(document["expiresIn"].reveal())),
        algorithm=document["algorithm"].reveal(),
        key=document["secret"],
        prefix=document["prefix"].reveal(),
    )


def claims_of(payload: Mapping[str, object], *, now: datetime, lifetime_seconds: int) -> Mapping[str, object]:
    """The payload with ``iat`` and ``exp``, which are ours (RFC 7519 §4.1.4, §4.1.6): it overrides neither."""
    issued_at = int(now.timestamp())
    return {**payload, "iat": issued_at, "exp": issued_at + lifetime_seconds}


def read_payload(text: str) -> Mapping[str, object] | None:
    """The claims in a JSON object; None for what is none."""
    try:
        claims = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # JSON could not say it again
        raise ValueError("a number is too large")
    return number


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
