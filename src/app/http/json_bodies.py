"""What every request with a body must be: JSON, and say so."""

from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException


def require_json(request: Request[Any, Any, Any]) -> None:
    """Raise a 415 for a body of another type: read as JSON it would let a cross-site form speak for a browser."""
    has_body = request.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in request.headers
    if has_body and request.content_type[0] != "application/json":
        raise HTTPException(status_code=415)
