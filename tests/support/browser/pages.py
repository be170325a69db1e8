"""What a browser shows: a page, and the forms on it that somebody may fill in."""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin

import attrs
import httpx
from typing_extensions import override

from tests.support.browser.navigation import Navigation

_NOT_FILLED_IN = frozenset({"button", "file", "image", "reset", "submit"})


@attrs.frozen
class Button:
    """A submit button: what it sends, if it has a name, and what is written on it."""

    name: str
    value: str
    label: str

    def is_called(self, words: str) -> bool:
        return words in (self.value, self.label)


@attrs.frozen
class Form:
    """A form as it stands in the page, its action resolved."""

    action: str
    method: str
    fields: tuple[tuple[str, str], ...]
    buttons: tuple[Button, ...]

    def filled_in(self, fields: Mapping[str, str], button: str | None) -> list[tuple[str, str]]:
        """What is sent when `fields` are typed in and `button` is pressed. LookupError: one is missing."""
        absent = fields.keys() - {name for name, _ in self.fields}
        if absent:
            raise LookupError(f"The form has no field {', '.join(sorted(absent))}.")
        pairs = [(name, fields.get(name, value)) for name, value in self.fields]
        if button is None:
            return pairs
        pressed = next((candidate for candidate in self.buttons if candidate.is_called(button)), None)
        if pressed is None:
            raise LookupError(f"The form has no button {button!r}.")
        return [*pairs, (pressed.name, pressed.value)] if pressed.name else pairs


@attrs.frozen
class Page:
    """An answer that a browser holds. A test may make one: an attacker's page at any address."""

    url: str
    text: str = ""
    status: int = 200
    headers: httpx.Headers = attrs.field(factory=httpx.Headers)
    reached_by: Navigation | None = None

    @property
    def location(self) -> str | None:
        """Where a redirect leads, absolute; None where this is none."""
        if self.status not in {301, 302, 303, 307, 308} or "Location" not in self.headers:
            return None
        return urljoin(self.url, self.headers["Location"])

    @property
    def forms(self) -> tuple[Form, ...]:
        reader = _FormReader(self.url)
        reader.feed(self.text)
        reader.close()
        return tuple(reader.forms)

    def form(self, button: str | None = None) -> Form:
        """The only form, or the only one with this button. LookupError: none, or several."""
        fitting = [form for form in self.forms if button is None or any(b.is_called(button) for b in form.buttons)]
        if len(fitting) != 1:
            raise LookupError(f"{len(fitting)} forms fit on {self.url} ({self.status}).")
        return fitting[0]


class _FormReader(HTMLParser):
    """Collects forms: named controls that would be sent (HTML §4.10.22.4), and buttons with their labels."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._url = url
        self._fields: list[tuple[str, str]] = []
        self._buttons: list[Button] = []
        self._action: tuple[str, str] | None = None
        self._open: dict[str, str | None] | None = None
        self._written = ""

    @override
    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._action = (
                urljoin(self._url, given.get("action") or self._url),
                (given.get("method") or "get").upper(),
            )
            self._fields, self._buttons = [], []
        elif tag == "input" and "disabled" not in given:
            self._read_input(given)
        elif tag in {"button", "textarea"} and "disabled" not in given:
            self._open, self._written = given, ""

    @override
    def handle_data(self, data: str) -> None:
        self._written += data

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._action is not None:
            self.forms.append(Form(*self._action, tuple(self._fields), tuple(self._buttons)))
            self._action = None
        elif tag == "textarea" and self._open is not None:
            self._fields.append((self._open.get("name") or "", self._written))
            self._open = None
        elif tag == "button" and self._open is not None:
            self._add_button(self._open, label=self._written.strip())
            self._open = None

    def _read_input(self, given: dict[str, str | None]) -> None:
        kind, name, value = given.get("type") or "text", given.get("name"), given.get("value") or ""
        if kind == "submit":
            self._add_button(given, label=value)
        elif name and kind not in _NOT_FILLED_IN and (kind not in {"checkbox", "radio"} or "checked" in given):
            self._fields.append((name, value))

    def _add_button(self, given: dict[str, str | None], *, label: str) -> None:
        if (given.get("type") or "submit") == "submit":
            self._buttons.append(Button(given.get("name") or "", given.get("value") or "", label))
