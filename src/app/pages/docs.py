"""The API's document as a page, written in the browser from ``/schema/openapi.json`` by our own script."""

from litestar import Response, get

from app.pages.rendering import page, policy, read_part

_STYLE = read_part("docs.css")
_SCRIPT = read_part("docs.js")
_HEADERS = {"Content-Security-Policy": f"{policy(_STYLE, _SCRIPT)}; connect-src 'self'"}


@get("/docs", include_in_schema=False, sync_to_thread=False)
def show_docs() -> Response[str]:
    """The page, which loads nothing but the document."""
    return page("docs.html", headers=_HEADERS, style=_STYLE, script=_SCRIPT)
