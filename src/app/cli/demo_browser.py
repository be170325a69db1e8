"""As much of a browser as the demo needs: pages, their forms, cookies; it shows each redirect before it follows it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import attrs
import httpx

from app.cli.failures import Unexpected

_SECONDS = 60


@attrs.define
class Form:
    action: str
    fields: dict[str, str] = attrs.field(factory=dict)


@attrs.frozen
class Page:
    """What came back: ``location`` where it leads on, heading and forms where it is HTML."""

    url: str
    status: int
    location: str | None
    heading: str
    forms: tuple[Form, ...]

    def form_with(self, field: str) -> Form:
        """The form that asks for this. Raises Unexpected."""
        for form in self.forms:
            if field in form.fields:
                return form
        raise Unexpected(f"{without_query(self.url)} ({self.status}) has no form that asks for `{field}`.")

    def leads_on(self) -> str:
        """Where it redirects to. Raises Unexpected where it does not."""
        if self.location is None:
            raise Unexpected(f"{without_query(self.url)} ({self.status}) does not lead on: “{self.heading}”.")
        return self.location


@attrs.frozen
class DemoBrowser:
    _client: httpx.Client

    def get(self, url: str) -> Page:
        return self._page("GET", url)

    def submit(self, page: Page, form: Form, **filled: str) -> Page:
        """Send the page's form with these fields filled in; an empty action is the page's own address (HTML §4.10)."""
        action = urljoin(page.url, form.action) if form.action else page.url
        return self._page("POST", action, data={**form.fields, **filled})

    def _page(self, method: str, url: str, *, data: Mapping[str, str] | None = None) -> Page:
        try:
            response = self._client.request(method, url, data=data)
        except httpx.TransportError as error:
            raise Unexpected(f"{without_query(url)} did not answer ({type(error).__name__}).") from error
        location = response.headers.get("Location")
        parser = _Parser()
        parser.feed(response.text)
        return Page(
            url=url,
            status=response.status_code,
            location=None if location is None else urljoin(url, location),
            heading=" ".join(parser.heading.split()),
            forms=tuple(parser.forms),
        )


@contextmanager
def demo_browser() -> Iterator[DemoBrowser]:
    """A new browser without a single cookie."""
    with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
        yield DemoBrowser(client)


def without_query(url: str) -> str:
    """The address as it may be shown: ticket, code and state are in the query."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


class _Parser(HTMLParser):
    """Collects the first heading, and each form's fields."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = ""
        self.forms: list[Form] = []
        self._in_heading = False
        self._in_form = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "h1":
            self._in_heading = not self.heading
        elif tag == "form":
            self._in_form = True
            self.forms.append(Form(attributes.get("action", "")))
        elif tag == "input" and self._in_form and "name" in attributes:
            self.forms[-1].fields[attributes["name"]] = attributes.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1":
            self._in_heading = False
        elif tag == "form":
            self._in_form = False

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.heading += data
