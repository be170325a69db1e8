"""Pages: what anybody else said is text in them; and their headers. C13, C20."""

import base64
import hashlib
import re
from html import escape

import pytest
from litestar import Response

from app.http.wire.flows import FlowBody
from app.pages.opener import Told
from app.pages.rendering import HEADERS, WITH_SCRIPT, page, see_other
from domain.flows import FlowStatus
from tests.unit.domain.examples import a_flow

SCRIPT = "<script>alert(1)</script>"


def refused(*, code: str = "invalid_state", message: str = "No.", request_id: str = "r") -> Response[str]:
    return page("refused.html", status=400, code=code, message=message, request_id=request_id)


def result(told: Told | None) -> str:
    flow = a_flow(status=FlowStatus.CONNECTED)
    return page("result.html", flow=flow, outcome=FlowBody.of(flow), request_id="r", told=told).content


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


def test_the_one_script_is_let_in_by_its_hash_where_it_is_and_nowhere_else() -> None:
    shown = result(Told('["https://acme.example"]', "{}"))
    (script,) = re.findall(r"<script>(.*?)</script>", shown, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in WITH_SCRIPT["Content-Security-Policy"]
    assert "script" not in HEADERS["Content-Security-Policy"]
    assert "<script" not in result(None)


def test_c21_what_the_opener_is_told_is_data_to_the_page() -> None:
    shown = result(Told('["https://acme.example"]', f'"{SCRIPT}"'))
    assert SCRIPT not in shown
    assert escape(SCRIPT) in shown


def test_a_template_that_lacks_a_value_fails_here_and_not_in_silence() -> None:
    with pytest.raises(Exception, match="is undefined"):
        page("refused.html", code="c")


def test_a_redirect_is_a_303_to_that_address_alone() -> None:
    response = see_other("https://acme.example/done?a=1")
    assert (response.status_code, response.headers["Location"]) == (303, "https://acme.example/done?a=1")
    assert response.content == ""
