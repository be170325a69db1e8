"""A page with its headers: never framed, never kept, nothing loaded from anywhere, no referrer left behind."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.datastructures import Cookie

_TEMPLATES = Path(__file__).parent / "templates"


def read_part(name: str) -> str:
    """A style or a script that stands in a page."""
    return (_TEMPLATES / name).read_text()


def _source(text: str) -> str:
    """What a policy lets in by its hash (CSP3 §2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(style: str, script: str | None = None) -> str:
    """The policy of a page with this style and this script in it, and nothing else."""
    scripts = [] if script is None else [f"script-src {_source(script)}"]
    rules = [
        "default-src 'none'",
        f"style-src {_source(style)}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        *scripts,
    ]
    return "; ".join(rules)


_STYLE = read_part("style.css")
_SCRIPT = read_part("tell_opener.js")

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
HEADERS = {
    "Content-Security-Policy": policy(_STYLE),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

WITH_SCRIPT = {"Content-Security-Policy": policy(_STYLE, _SCRIPT)}
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
