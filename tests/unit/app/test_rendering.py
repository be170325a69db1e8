"""Pages: what anybody else said is text in them; and their headers. C13, C20."""

import re
from html import escape

import pytest
from litestar import Response

from app.pages.rendering import HEADERS, page, see_other

SCRIPT = "<script>alert(1)</script>"


def refused(*, code: str = "invalid_state", message: str = "No.", request_id: str = "r") -> Response[str]:
    return page("refused.html", status=400, code=code, message=message, request_id=request_id)


@pytest.mark.parametrize("member", ["code", "message", "request_id"])
def test_c13_what_came_from_outside_is_text(member: str) -> None:
    shown = refused(**{member: SCRIPT}).content
    assert SCRIPT not in shown
    assert escape(SCRIPT) in shown


@pytest.mark.parametrize("response", [refused(), see_other("https://acme.example/done")])
def test_c20_a_page_leaves_nothing_behind(response: Response[str]) -> None:
    assert HEADERS.items() <= response.headers.items()
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_a_page_loads_nothing() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action" not in policy, "trap 17: it would apply to the redirect to the provider"
    assert "Cross-Origin-Opener-Policy" not in HEADERS, "trap 17: the opener would be gone"
    assert not re.search(r"(src|href)=", refused().content)


def test_a_template_that_lacks_a_value_fails_here_and_not_in_silence() -> None:
    with pytest.raises(Exception, match="is undefined"):
        page("refused.html", code="c")


def test_a_redirect_is_a_303_to_that_address_alone() -> None:
    response = see_other("https://acme.example/done?a=1")
    assert (response.status_code, response.headers["Location"]) == (303, "https://acme.example/done?a=1")
    assert response.content == ""
