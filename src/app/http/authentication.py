"""The principal of a request, from its Authorization header alone (RFC 6750 §2.1)."""

from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from app.use_cases.authenticate import Authenticate
from domain.access import Principal
from domain.errors import Unauthorized
from domain.secret import Secret

_LONGEST_KEY = 16_384


async def authenticated(request: Request[Any, Any, Any], authenticate: NamedDependency[Authenticate]) -> Principal:
    """Who sent the request; a key without a scheme is read as a Bearer. Raises Unauthorized."""
    header = request.headers.get("Authorization", "").strip()
    scheme, separator, rest = header.partition(" ")
    key = rest.strip() if separator else scheme
    if not key or len(key) > _LONGEST_KEY or (separator and scheme.lower() != "bearer"):
        raise Unauthorized
    return await authenticate(Secret(key))
