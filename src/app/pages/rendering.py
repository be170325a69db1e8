"""A page with its headers: never framed, never kept, nothing loaded from anywhere, no referrer left behind."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.datastructures import Cookie

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = (_TEMPLATES / "style.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["style"] = _STYLE

# No form-action: Chromium applies it to the redirect that answers the form, which goes to the provider.
# No Cross-Origin-Opener-Policy: it would cut a popup off from the page that opened it.
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page(
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    cookies: list[Cookie] | None = None,
    **values: object,
) -> Response[str]:
    """The rendered template."""
    return Response(
        _environment.get_template(template).render(values),
        status_code=status,
        media_type=MediaType.HTML,
        headers=HEADERS | dict(headers or {}),
        cookies=cookies,
    )


def see_other(url: str) -> Response[str]:
    """A 303: whatever was posted or redirected here, the browser now gets that address, and forgets this one."""
    return Response("", status_code=303, media_type=MediaType.TEXT, headers=HEADERS | {"Location": url})
