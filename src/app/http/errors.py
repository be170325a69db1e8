"""A refusal as an HTTP answer: one table, one shape (api.md; RFC 9457's members stand beside ours)."""

import http
from collections.abc import Mapping
from typing import Any

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from app.http.request_id import request_id_of
from domain import errors
from domain.errors import FieldError, SwitchboardError

log = structlog.get_logger(__name__)

STATUSES: Mapping[type[SwitchboardError], int] = {
    errors.InvalidRequest: 400,
    errors.InvalidState: 400,
    errors.AuthorizationDenied: 400,
    errors.ProviderError: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.NeedsReauthorization: 409,
    errors.FlowInterrupted: 409,
    errors.CallbackInProgress: 409,
    errors.ProviderUnavailable: 502,
    errors.ProviderProtocolError: 502,
    errors.StorageUnavailable: 503,
}
"""By the nearest class: a leaf without a line of its own has its parent's."""

_RETRY_AFTER_SECONDS: Mapping[type[SwitchboardError], int] = {
    errors.CallbackInProgress: 5,
    errors.StorageUnavailable: 5,
}

_CODES: Mapping[int, str] = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    500: "internal_error",
}

_MESSAGES: Mapping[int, str] = {
    400: "The request cannot be read: check its body and its parameters.",
    404: "There is nothing at this address. See /schema/openapi.json for what there is.",
    405: "This address does not take that method; the Allow header lists what it takes.",
    413: "The body is too large: at most 1 MiB.",
    415: "Send the body as Content-Type: application/json.",
    500: "Switchboard failed. The request id leads to the log line that says why.",
}

_PROBLEM = "application/problem+json"


def status_of(error: SwitchboardError) -> int:
    """The status of an error, by its nearest class in the table."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def answer_refusal(request: Request[Any, Any, Any], error: SwitchboardError) -> Response[dict[str, object]]:
    """A refusal of ours."""
    headers = {"Cache-Control": "no-store"}
    for kind, seconds in _RETRY_AFTER_SECONDS.items():
        if isinstance(error, kind):
            headers["Retry-After"] = str(seconds)
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.StorageUnavailable):
        log.warning("storage_unavailable", reason=error.message, cause=_chain(error))
    return _answer(request, status_of(error), error.code, error.message, extensions=error.extensions, headers=headers)


def answer_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, object]]:
    """What Litestar refuses: routes, methods, malformed bodies. Its own words may quote the URL; ours do not."""
    status = error.status_code if error.status_code in _CODES else 400
    extensions: dict[str, object] = {}
    if isinstance(error, ValidationException):
        extensions["fields"] = _fields(error.extra)
    return _answer(
        request, status, _CODES[status], _MESSAGES[status], extensions=extensions, headers=error.headers or {}
    )


def answer_failure(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, object]]:
    """A defect of ours: logged whole, told as nothing but its request id. What bytes alone caused is the caller's."""
    if isinstance(error, UnicodeDecodeError | RecursionError):
        return _answer(request, 400, _CODES[400], _MESSAGES[400])
    log.error("internal_error", path=request.url.path, exc_info=error)
    return _answer(request, 500, _CODES[500], _MESSAGES[500])


def _fields(extra: object) -> list[dict[str, str]]:
    """The members that a validation names; an unknown one is named in its message alone (msgspec)."""
    found = extra if isinstance(extra, list) else []
    return [
        {"field": str(item.get("key", "")), "message": str(item.get("message", ""))}
        for item in found
        if isinstance(item, dict)
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
    code: str,
    message: str,
    *,
    extensions: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[dict[str, object]]:
    body = {
        "code": code,
        "message": message,
        "extensions": {**(extensions or {}), "requestId": request_id_of(request.scope)},
        "type": "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "instance": request.url.path,
    }
    media_type = _PROBLEM if _PROBLEM in request.headers.get("Accept", "") else MediaType.JSON
    return Response(body, status_code=status, media_type=media_type, headers=dict(headers or {}))


def field_error(name: str, message: str) -> errors.InvalidRequest:
    """An InvalidRequest about one member."""
    return errors.InvalidRequest(fields=(FieldError(name, message),))
