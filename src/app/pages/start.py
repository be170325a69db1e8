"""The start page: an authorisation begins on our origin, in the browser that pressed the button."""

from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from app.pages.cookies import flow_cookie, read_cookies
from app.pages.rendering import page, see_other
from app.settings import Settings
from app.use_cases.begin_authorization import BeginAuthorization, ShowStartPage, form_token_of
from app.use_cases.minting import Mint
from domain.errors import InvalidState
from domain.secret import Secret

Short = Annotated[str, msgspec.Meta(max_length=256)]


class StartForm(msgspec.Struct):
    """What the start page's form sends."""

    ticket: Short = ""
    token: Short = ""
    prompt: Short = ""


@get("/connect", include_in_schema=False)
async def show_start_page(
    request: Request[Any, Any, Any],
    settings: NamedDependency[Settings],
    mint: NamedDependency[Mint],
    show_start_page: NamedDependency[ShowStartPage],
    ticket: FromQuery[str] = "",
    prompt: FromQuery[str] = "",
) -> Response[str]:
    """Show who gets access to what. Gives the browser the flow's cookie, and changes nothing."""
    cookies = read_cookies(request, public_url=settings.public_url)
    flow = await show_start_page(Secret(ticket), cookies=cookies)
    browser = cookies.get(flow.id) or mint.secret()
    return page(
        "start.html",
        cookies=[flow_cookie(flow, browser, public_url=settings.public_url)],
        flow=flow,
        provider_host=urlsplit(flow.client.authorization_endpoint).netloc,
        ticket=ticket,
        token=form_token_of(browser, flow).reveal(),
        prompt=prompt,
    )


@post("/connect", status_code=303, include_in_schema=False)
async def begin(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[StartForm],
    settings: NamedDependency[Settings],
    begin_authorization: NamedDependency[BeginAuthorization],
) -> Response[str]:
    """Bind the flow to this browser and send it to the provider."""
    _refuse_other_sites(request, public_url=settings.public_url)
    url = await begin_authorization(
        Secret(data.ticket),
        cookies=read_cookies(request, public_url=settings.public_url),
        form_token=Secret(data.token),
        prompt=data.prompt or None,
    )
    return see_other(url.reveal())


def _refuse_other_sites(request: Request[Any, Any, Any], *, public_url: str) -> None:
    # Under our own Referrer-Policy browsers send `Origin: null`: what really counts is the cookie's form token.
    if request.headers.get("Origin", "null") not in {"null", public_url}:
        raise InvalidState
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise InvalidState
