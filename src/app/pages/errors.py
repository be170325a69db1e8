"""A refusal as a page: our code, the request id, and what to do."""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from app.http.errors import status_of
from app.http.request_id import request_id_of
from app.pages.rendering import page
from domain.errors import InvalidRequest, InvalidState, SwitchboardError

log = structlog.get_logger(__name__)


def show_refusal(request: Request[Any, Any, Any], error: SwitchboardError) -> Response[str]:
    """A refusal of ours."""
    return page(
        "refused.html",
        status=status_of(error),
        code=error.code,
        message=error.message,
        request_id=request_id_of(request.scope),
    )


def show_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    """A malformed request: as a link or form that is not ours."""
    del error
    return show_refusal(request, InvalidState())


def show_failure(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """A defect of ours: logged whole, told as nothing but its request id. What bytes alone caused is the caller's."""
    if isinstance(error, UnicodeDecodeError | RecursionError):
        return show_refusal(request, InvalidRequest())
    log.error("internal_error", path=request.url.path, exc_info=error)
    return page(
        "refused.html",
        status=500,
        code="internal_error",
        message="Switchboard failed. Tell whoever sent you here this request id.",
        request_id=request_id_of(request.scope),
    )
