"""A refusal as an HTTP answer: one table, one shape (api.md; RFC 9457's members stand beside ours)."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from app.http.acting import actor_of
from app.http.request_id import request_id_of
from app.http.wire.refusal import RefusalBody
from domain import errors
from domain.errors import SwitchboardError

log = structlog.get_logger(__name__)

STATUSES: Mapping[type[SwitchboardError], int] = {
    errors.InvalidRequest: 400,
    errors.PayloadTooLarge: 413,
    errors.InvalidState: 400,
    errors.AuthorizationDenied: 400,
    errors.ProviderError: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.ManagedByConnection: 409,
    errors.NeedsReauthorization: 409,
    errors.AccountMismatch: 409,
    errors.ConnectionGone: 404,
    errors.FlowInterrupted: 409,
    errors.CallbackInProgress: 409,
    errors.ProviderUnavailable: 502,
    errors.ProviderProtocolError: 502,
    errors.IdentityUnavailable: 503,
    errors.StorageUnavailable: 503,
}
"""By the nearest class: a leaf without a line of its own has its parent's."""

REFUSED_UNREAD: Mapping[int, tuple[str, str]] = {
    400: ("invalid_request", "The request cannot be read: check its body and its parameters."),
    404: ("not_found", "There is nothing at this address. See /schema/openapi.json for what there is."),
    405: ("method_not_allowed", "This address does not take that method; the Allow header lists what it takes."),
    408: ("request_timeout", "The body did not come in time. Send the request again."),
    413: ("payload_too_large", "The body is too large: at most 1 MiB."),
    415: ("unsupported_media_type", "Send the body as Content-Type: application/json."),
    500: ("internal_error", "Switchboard failed. The request id leads to the log line that says why."),
}
"""Code and message of what is refused before a use case sees it, and of our own defects."""

_PASSING = (errors.CallbackInProgress, errors.IdentityUnavailable, errors.StorageUnavailable)
_RETRY_AFTER_SECONDS = "5"

_PROBLEM = "application/problem+json"


def status_of(kind: type[SwitchboardError]) -> int:
    """The status of an error, by its nearest class in the table."""
    return next(STATUSES[parent] for parent in kind.__mro__ if parent in STATUSES)


def headers_of(error: SwitchboardError) -> dict[str, str]:
    """What a refusal says in headers: when to come again, and how to authenticate (RFC 9110 §11.6.1)."""
    if isinstance(error, errors.Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, errors.ProviderUnavailable) and error.retry_after is not None:
        return {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    return {"Retry-After": _RETRY_AFTER_SECONDS} if isinstance(error, _PASSING) else {}


def told(error: SwitchboardError) -> str:
    """The message for whoever asked. What to mend at Vault or Postgres is for whoever operates us: the log has it."""
    return errors.StorageUnavailable().message if isinstance(error, errors.StorageUnavailable) else error.message


def log_refusal(request: Request[Any, Any, Any], error: SwitchboardError) -> None:
    """Note what an operator has to mend, or to look into: what is refused changes nothing, and is in no audit event."""
    if isinstance(error, errors.StorageUnavailable):
        log.warning("storage_unavailable", reason=error.message, cause=_chain(error))
    if isinstance(error, errors.IdentityUnavailable):
        log.warning("identity_unavailable", cause=_chain(error))
    if isinstance(error, errors.InvalidState | errors.Forbidden):  # a stranger's callback, ticket or browser, perhaps
        actor = actor_of(request.scope)
        log.warning(
            error.code, reason=error.message, principal_id=actor.principal_id, source_address=actor.source_address
        )


def log_defect(request: Request[Any, Any, Any], error: Exception) -> None:
    """Note a defect of ours, whole; its words may hold anything, and are for the log alone."""
    log.error("internal_error", path=request.scope["path"], exc_info=error)


def answer_refusal(request: Request[Any, Any, Any], error: SwitchboardError) -> Response[RefusalBody]:
    """A refusal of ours."""
    log_refusal(request, error)
    return _answer(
        request,
        status_of(type(error)),
        code=error.code,
        message=told(error),
        extensions=error.extensions,
        headers=headers_of(error),
    )


def answer_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[RefusalBody]:
    """What Litestar refuses: routes, methods, parameters. Its own words may quote the URL; ours do not."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer_failure(request, error)
    status = error.status_code if error.status_code in REFUSED_UNREAD else 400
    code, message = REFUSED_UNREAD[status]
    fields = _fields(error.extra) if isinstance(error, ValidationException) else []
    extensions = {"fields": fields} if fields else {}
    return _answer(request, status, code=code, message=message, extensions=extensions, headers=error.headers)


def answer_failure(request: Request[Any, Any, Any], error: Exception) -> Response[RefusalBody]:
    """A defect of ours: logged whole, told as nothing but its request id."""
    log_defect(request, error)
    code, message = REFUSED_UNREAD[500]
    return _answer(request, 500, code=code, message=message)


def _fields(extra: object) -> list[dict[str, str]]:
    """The parameters that a validation names; a body that is not there at all is called ``data`` by Litestar."""
    found = [item for item in extra if isinstance(item, dict)] if isinstance(extra, list) else []
    return [
        {"field": "body", "message": "is missing"}
        if item.get("key") == "data"
        else {"field": str(item.get("key", "")), "message": str(item.get("message", ""))}
        for item in found
    ]


def _chain(error: BaseException) -> list[str]:
    causes, cause = [], error.__cause__
    while cause is not None:
        causes.append(type(cause).__name__)
        cause = cause.__cause__
    return causes


def _answer(
    request: Request[Any, Any, Any],
    status: int,
    *,
    code: str,
    message: str,
    extensions: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[RefusalBody]:
    body = RefusalBody(
        code=code,
        message=message,
        extensions={**(extensions or {}), "requestId": request_id_of(request.scope)},
        title=HTTPStatus(status).phrase,
        status=status,
        detail=message,
        instance=request.scope["path"],
    )
    media_type = _PROBLEM if _PROBLEM in request.headers.get("Accept", "") else MediaType.JSON
    return Response(
        body,
        status_code=status,
        media_type=media_type,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
