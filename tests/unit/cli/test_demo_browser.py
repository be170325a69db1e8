from collections.abc import Callable

import httpx
import pytest

from app.cli.demo_browser import DemoBrowser, without_query
from app.cli.failures import Unexpected

PAGE = """
<h1>Who <em>are</em>
you?</h1><input name="outside"><h1>Second</h1>
<form method="post"><input type="text" name="sub" required><button>Go</button></form>
<form method="post" action="/deny"><input type="hidden" name="token" value="a&amp;b"></form>
"""


def browser(answer: Callable[[httpx.Request], httpx.Response]) -> DemoBrowser:
    return DemoBrowser(httpx.Client(transport=httpx.MockTransport(answer)))


def test_a_page_is_its_first_heading_and_its_forms_with_their_fields() -> None:
    page = browser(lambda _: httpx.Response(200, html=PAGE)).get("http://127.0.0.1/ask?state=1")
    assert page.heading == "Who are you?"
    assert [form.fields for form in page.forms] == [{"sub": ""}, {"token": "a&b"}]
    with pytest.raises(Unexpected, match="no form that asks for `outside`"):
        page.form_with("outside")


def test_a_form_without_an_action_goes_to_the_pages_own_address_with_its_query() -> None:
    seen: list[tuple[str, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), request.content))
        return httpx.Response(200, html=PAGE)

    surfer = browser(answer)
    page = surfer.get("http://127.0.0.1/ask?state=1")
    surfer.submit(page, page.form_with("sub"), sub="alice")
    surfer.submit(page, page.form_with("token"))
    assert seen[1:] == [("http://127.0.0.1/ask?state=1", b"sub=alice"), ("http://127.0.0.1/deny", b"token=a%26b")]


def test_a_redirect_is_shown_and_not_followed() -> None:
    surfer = browser(lambda _: httpx.Response(303, headers={"Location": "/next?code=1"}))
    assert surfer.get("http://127.0.0.1/here").leads_on() == "http://127.0.0.1/next?code=1"


def test_a_page_that_leads_nowhere_is_told_without_its_query() -> None:
    page = browser(lambda _: httpx.Response(400, html="<h1>This cannot go on</h1>")).get("http://h/cb?code=secret")
    with pytest.raises(Unexpected, match="This cannot go on") as unexpected:
        page.leads_on()
    assert "secret" not in str(unexpected.value)


def test_an_address_is_shown_without_query_and_fragment() -> None:
    assert without_query("http://127.0.0.1:1/a?ticket=1#code=2") == "http://127.0.0.1:1/a"
