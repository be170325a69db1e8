"""The landing page, where the provider sends the browser back to; distinct for each app."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.http.identifiers import read_id
from app.http.request_id import request_id_of
from app.http.wire.flows import FlowBody
from app.pages.cookies import read_cookies
from app.pages.opener import told_to_opener
from app.pages.rendering import WITH_SCRIPT, page, see_other
from app.settings import Settings
from app.use_cases.finish_in_browser import FinishInBrowser, ShowResult
from domain.flows import AuthorizationFlow, FlowStatus
from domain.ids import CallbackId, FlowId
from domain.oauth.authorization_code import Callback


@get("/oauth2/callback/{callback_id:str}", include_in_schema=False)
async def land(
    request: Request[Any, Any, Any],
    callback_id: FromPath[str],
    callback: NamedDependency[Callback],
    settings: NamedDependency[Settings],
    finish_in_browser: NamedDependency[FinishInBrowser],
) -> Response[str]:
    """Finalise for the browser whose cookie fits; then away from the address that holds the code."""
    flow = await finish_in_browser(
        read_id(callback_id, CallbackId), callback, cookies=read_cookies(request, public_url=settings.public_url)
    )
    return see_other(f"/connect/{flow.id}" if flow.return_url is None else _returning(flow.return_url, flow))


@get("/connect/{flow_id:str}", include_in_schema=False)
async def show_result(
    request: Request[Any, Any, Any],
    flow_id: FromPath[str],
    settings: NamedDependency[Settings],
    show_result: NamedDependency[ShowResult],
) -> Response[str]:
    """Say in words what happened, and tell the page that opened this one."""
    cookies = read_cookies(request, public_url=settings.public_url)
    result = await show_result(read_id(flow_id, FlowId), cookies=cookies)
    told = told_to_opener(result, public_url=settings.public_url)
    return page(
        "result.html",
        headers={} if told is None else WITH_SCRIPT,
        flow=result.flow,
        outcome=FlowBody.of(result.flow),
        request_id=request_id_of(request.scope),
        told=told,
    )


def _returning(url: str, flow: AuthorizationFlow) -> str:
    """The return URL, its own query kept, with what became of the flow: never a code, never a token."""
    outcome = FlowBody.of(flow)
    told = {
        "flowId": outcome.flow_id,
        "status": "connected" if flow.status is FlowStatus.CONNECTED else "failed",
        "connectionId": outcome.connection_id,
        "error": outcome.error,
    }
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *((k, v) for k, v in told.items() if v is not None)]
    return parts._replace(query=urlencode(query)).geturl()
