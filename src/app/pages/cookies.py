"""The flow's own cookie: what binds an authorisation to one browser."""

from collections.abc import Mapping
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from domain.flows import AuthorizationFlow
from domain.ids import FlowId
from domain.secret import Secret

_NAME = "switchboard-"
# Longer than a flow's ten minutes and the 24 hours for which its result is shown.
_SECONDS = 25 * 3600


def read_cookies(request: Request[Any, Any, Any], *, public_url: str) -> Mapping[FlowId, Secret]:
    """What the browser carries of ours, each under its flow's id."""
    prefix = _prefix(public_url)
    found: dict[FlowId, Secret] = {}
    for name, value in request.cookies.items():
        if name.startswith(prefix) and value:
            try:
                found[FlowId(name.removeprefix(prefix))] = Secret(value)
            except ValueError:
                continue
    return found


def flow_cookie(flow: AuthorizationFlow, browser: Secret, *, public_url: str) -> Cookie:
    """Sent back by this browser alone, to us alone, also on the provider's redirect (SameSite=Lax)."""
    return Cookie(
        key=f"{_prefix(public_url)}{flow.id}",
        value=browser.reveal(),
        max_age=_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(public_url),
    )


def _prefix(public_url: str) -> str:
    # A `__Host-` cookie must be Secure, and HTTP clients send no Secure cookie over http, also where that is loopback.
    return f"__Host-{_NAME}" if _is_https(public_url) else _NAME


def _is_https(public_url: str) -> bool:
    return public_url.startswith("https://")
