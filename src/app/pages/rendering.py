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
_SCRIPT = (_TEMPLATES / "tell_opener.js").read_text()


def _source(text: str) -> str:
    """What a policy lets in by its hash (CSP3 §2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["style"] = _STYLE
_environment.globals["script"] = _SCRIPT

# No form-action: Chromium applies it to the redirect that answers the form, which goes to the provider.
# No Cross-Origin-Opener-Policy: it would cut a popup off from the page that opened it.
_POLICY = f"default-src 'none'; style-src {_source(_STYLE)}; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

WITH_SCRIPT = {"Content-Security-Policy": f"{_POLICY}; script-src {_source(_SCRIPT)}"}
"""For a page that tells its opener: it runs this script, which is in it, and no other."""


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
