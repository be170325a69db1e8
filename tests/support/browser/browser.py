"""One person's browser: what it did, what it keeps, and where it goes next."""

from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit

import httpx

from tests.support.browser.cookies import Cookies
from tests.support.browser.navigation import DEFAULT_POLICY, Initiator, Navigation, policy_of
from tests.support.browser.pages import Page
from tests.support.tls import TLS

_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_MOST_REDIRECTS = 20  # Fetch §4.4

Stop = Callable[[str], bool]


class Browser:
    """A browser with cookies of its own. `history` is every address it asked for, in order.

    Redirects are followed until a page is reached, or until the next address satisfies `until`: then the redirect is
    the page, its `location` not yet asked for, and `follow` goes on from there.
    """

    def __init__(self, *, mounts: Mapping[str, httpx.AsyncBaseTransport] | None = None) -> None:
        """`mounts` leads addresses to applications in this process, as in httpx."""
        # httpx's own jar stays empty: it knows no SameSite, and sends no Secure cookie to loopback.
        nothing = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.AsyncClient(mounts=mounts, cookies=nothing, verify=TLS, trust_env=False, timeout=30)
        self.cookies = Cookies()
        self.history: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, url: str, *, opened_from: Page | None = None, until: Stop | None = None) -> Page:
        """Type an address, or press a link to it on a page."""
        return await self._go(Navigation("GET", (url,), _initiator(opened_from)), until)

    async def submit(
        self,
        page: Page,
        *,
        button: str | None = None,
        fields: Mapping[str, str] | None = None,
        until: Stop | None = None,
    ) -> Page:
        """Fill in a form and send it by a button, called by its value or its label. LookupError: no such thing."""
        form = page.form(button)
        pairs = form.filled_in(fields or {}, button)
        if form.method == "GET":
            url = urlsplit(form.action)._replace(query=urlencode(pairs)).geturl()
            return await self._go(Navigation("GET", (url,), _initiator(page)), until)
        return await self._go(Navigation("POST", (form.action,), _initiator(page), tuple(pairs)), until)

    async def follow(self, page: Page, *, until: Stop | None = None) -> Page:
        """Go on from a redirect at which `until` stopped."""
        if page.reached_by is None or page.location is None:
            raise LookupError(f"{page.url} ({page.status}) leads nowhere.")
        step = page.reached_by.redirected(status=page.status, location=page.location, headers=page.headers)
        return await self._go(step, until)

    async def _go(self, navigation: Navigation, until: Stop | None) -> Page:
        page = await self._ask(navigation)
        if page.location is None or (until is not None and until(page.location)):
            return page
        if len(navigation.urls) > _MOST_REDIRECTS:
            raise RecursionError(f"Too many redirects, the last from {page.url}.")
        return await self.follow(page, until=until)

    async def _ask(self, navigation: Navigation) -> Page:
        headers = {"Accept": _ACCEPT, **navigation.headers()}
        cookies = self.cookies.header(navigation.url, cross_site=navigation.is_cross_site, method=navigation.method)
        if cookies is not None:
            headers["Cookie"] = cookies
        content = urlencode(navigation.content) if navigation.method == "POST" else None
        if content is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.history.append(navigation.url)
        answer = await self._client.request(navigation.method, navigation.url, headers=headers, content=content)
        for header in answer.headers.get_list("Set-Cookie"):
            self.cookies.store(navigation.url, header)
        return Page(navigation.url, answer.text, answer.status_code, answer.headers, navigation)


def _initiator(page: Page | None) -> Initiator | None:
    return None if page is None else Initiator(page.url, policy_of(page.headers, DEFAULT_POLICY))
