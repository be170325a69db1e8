"""Every way we say no has a status and a code of api.md's table (trap 10)."""

import pytest

from app.http.errors import REFUSED_UNREAD, headers_of, status_of
from domain import errors, ports
from domain.errors import (
    CallbackInProgress,
    FlowFailed,
    IdentityUnavailable,
    NotFound,
    StorageUnavailable,
    SwitchboardError,
    Unauthorized,
)

API = {
    "invalid_request": 400,
    "invalid_state": 400,
    "authorization_denied": 400,
    "provider_error": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "provider_unavailable": 502,
    "provider_protocol_error": 502,
    "needs_reauthorization": 409,
    "managed_by_connection": 409,
    "account_mismatch": 409,
    "flow_interrupted": 409,
    "callback_in_progress": 409,
    "connection_pending": 409,
    "callback_url_taken": 409,
    "already_exists": 409,
    "rate_limited": 429,
    "identity_unavailable": 503,
    "storage_unavailable": 503,
    "internal_error": 500,
}
"""api.md, Conventions; and `request_timeout`, of which that page is silent (RFC 9110 §15.5.9)."""


def tree(error: type[SwitchboardError]) -> list[type[SwitchboardError]]:
    return [error, *(below for child in error.__subclasses__() for below in tree(child))]


# Not SwitchboardError and FlowFailed, which are never raised themselves.
RAISED = [kind for kind in tree(SwitchboardError) if kind not in {SwitchboardError, FlowFailed}]


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_each_error_has_the_status_of_its_code_in_the_api(kind: type[SwitchboardError]) -> None:
    assert status_of(kind) == API[kind.code]


@pytest.mark.parametrize("status", REFUSED_UNREAD)
def test_what_is_refused_unread_has_the_status_of_its_code_in_the_api(status: int) -> None:
    code, message = REFUSED_UNREAD[status]
    assert API[code] == status
    assert message.endswith(".")


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_whoever_may_come_again_is_told_when(kind: type[SwitchboardError]) -> None:
    passing = issubclass(kind, CallbackInProgress | IdentityUnavailable | StorageUnavailable)
    assert ("Retry-After" in headers_of(kind())) == passing


def test_who_is_not_known_is_told_how_to_authenticate() -> None:
    """RFC 9110 §11.6.1: a 401 MUST carry WWW-Authenticate."""
    assert headers_of(Unauthorized()) == {"WWW-Authenticate": "Bearer"}
    assert headers_of(NotFound()) == {}


def test_no_error_is_left_out() -> None:
    assert {errors.CallbackUrlTaken, errors.FlowLapsed, ports.SecretStoreUnavailable} <= set(RAISED)
