"""A refusal as a page: our code, the request id, and what to do."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from app.http.errors import headers_of, log_defect, log_refusal, status_of, told
from app.http.request_id import request_id_of
from app.pages.rendering import page
from domain.errors import InvalidState, NotFound, SwitchboardError


def show_refusal(request: Request[Any, Any, Any], error: SwitchboardError) -> Response[str]:
    """A refusal of ours; an address that cannot be one of ours is told like one that is unknown."""
    if isinstance(error, NotFound):
        error = InvalidState()
    log_refusal(request, error)
    return page(
        "refused.html",
        status=status_of(type(error)),
        headers=headers_of(error),
        code=error.code,
        message=told(error),
        request_id=request_id_of(request.scope),
    )


def show_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    """A malformed request: as a link or form that is not ours."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return show_failure(request, error)
    return show_refusal(request, InvalidState())


def show_failure(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """A defect of ours: logged whole, told as nothing but its request id."""
    log_defect(request, error)
    return page(
        "refused.html",
        status=500,
        code="internal_error",
        message="Switchboard failed. Tell whoever sent you here this request id.",
        request_id=request_id_of(request.scope),
    )
