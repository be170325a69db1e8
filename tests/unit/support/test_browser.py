"""The scripted browser does what Chromium does about forms, redirects and where a request says it comes from."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.support.browser import Browser, Page

OURS = "https://switchboard.example"
THEIRS = "https://provider.example"

Answer = Callable[[httpx.Request], httpx.Response]


class Web:
    """All hosts there are: an answer for each address, and every request that came."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.get(str(request.url.copy_with(query=None)))
        return httpx.Response(200, html="<p>here") if answer is None else answer(request)

    def redirects(self, url: str, location: str, *, status: int = 302, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[url] = lambda _: httpx.Response(status, headers={"Location": location, **named})

    def sets(self, url: str, *cookies: str) -> None:
        self.answers[url] = lambda _: httpx.Response(200, headers=[("Set-Cookie", cookie) for cookie in cookies])

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
async def browser(web: Web) -> AsyncIterator[Browser]:
    async with Browser(mounts={"all://": httpx.MockTransport(web)}) as browser:
        yield browser


def a_page(url: str, form: str = '<form method="post"><button>Go on</button></form>', **headers: str) -> Page:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(url, form, headers=httpx.Headers(named))


async def test_a_form_sends_what_stands_in_it_what_was_typed_and_the_button_pressed(web: Web, browser: Browser) -> None:
    page = a_page(
        f"{THEIRS}/authorize?a=b",
        """<form method="post" action="decide"><input type="hidden" name="request" value="r&amp;1">
        <label>Account <input name="account" value="alice"></label><input type="checkbox" name="more" value="1">
        <input name="off" disabled><textarea name="note">n</textarea>
        <button name="decision" value="approve">Approve</button><button name="decision" value="deny">No</button></form>
        <form action="/elsewhere"><input type="submit" value="Search"></form>""",
    )
    await browser.submit(page, button="approve", fields={"account": "bob"})
    assert (web.last.method, str(web.last.url)) == ("POST", f"{THEIRS}/decide")
    assert web.last.content == b"request=r%261&account=bob&note=n&decision=approve"
    assert web.last.headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_a_form_without_an_action_goes_to_its_own_page_and_a_get_form_fills_the_query(
    web: Web, browser: Browser
) -> None:
    await browser.submit(a_page(f"{OURS}/connect?ticket=t"), button="Go on")
    assert str(web.last.url) == f"{OURS}/connect?ticket=t"
    await browser.submit(a_page(f"{OURS}/x", '<form action="/find"><input name="q"></form>'), fields={"q": "a b"})
    assert (web.last.method, str(web.last.url)) == ("GET", f"{OURS}/find?q=a+b")


async def test_nobody_presses_or_fills_in_what_is_not_there(browser: Browser) -> None:
    page = a_page(f"{OURS}/connect")
    with pytest.raises(LookupError):
        await browser.submit(page, button="Cancel")
    with pytest.raises(LookupError):
        await browser.submit(page, fields={"x": "y"})
    with pytest.raises(LookupError):
        await browser.submit(a_page(f"{OURS}/empty", "<p>nothing"))
    assert browser.history == []


async def test_redirects_are_followed_to_a_page_and_remembered(web: Web, browser: Browser) -> None:
    web.redirects(f"{OURS}/a", f"{THEIRS}/b", status=303)
    web.redirects(f"{THEIRS}/b", "/c?d=e")
    page = await browser.submit(a_page(f"{OURS}/a"))
    assert browser.history == [f"{OURS}/a", f"{THEIRS}/b", f"{THEIRS}/c?d=e"]
    assert (page.url, page.status, page.location) == (f"{THEIRS}/c?d=e", 200, None)
    assert [request.method for request in web.requests] == ["POST", "GET", "GET"]


async def test_a_redirect_can_be_caught_before_it_is_followed(web: Web, browser: Browser) -> None:
    web.redirects(f"{THEIRS}/a", f"{OURS}/callback?code=c")
    caught = await browser.get(f"{THEIRS}/a", until=lambda url: url.startswith(OURS))
    assert (caught.status, caught.location) == (302, f"{OURS}/callback?code=c")
    assert browser.history == [f"{THEIRS}/a"]
    finished = await browser.follow(caught)
    assert finished.url == f"{OURS}/callback?code=c"
    with pytest.raises(LookupError):
        await browser.follow(finished)


async def test_a_circle_of_redirects_ends(web: Web, browser: Browser) -> None:
    web.redirects(f"{OURS}/a", "/a")
    with pytest.raises(RecursionError):
        await browser.get(f"{OURS}/a")


async def test_only_307_and_308_send_a_form_again(web: Web, browser: Browser) -> None:
    page = a_page(f"{OURS}/a", '<form method="post"><input name="n" value="v"></form>')
    web.redirects(f"{OURS}/a", f"{THEIRS}/b", status=307)
    await browser.submit(page)
    assert (web.last.method, web.last.content) == ("POST", b"n=v")
    web.redirects(f"{OURS}/a", f"{THEIRS}/b", status=302)
    await browser.submit(page)
    assert (web.last.method, web.last.content) == ("GET", b"")


@pytest.mark.parametrize(
    ("page_url", "policy", "origin"),
    [
        (f"{OURS}/connect", None, OURS),
        (f"{THEIRS}/attack", None, THEIRS),
        (f"{OURS}/connect", "no-referrer", "null"),
        (f"{OURS}/connect", "same-origin", OURS),
        (f"{THEIRS}/attack", "same-origin", "null"),
        ("https://switchboard.example:8443/x", "strict-origin", "https://switchboard.example:8443"),
    ],
)
async def test_a_post_carries_the_origin_of_its_page_unless_the_policy_hides_it(
    web: Web, browser: Browser, page_url: str, policy: str | None, origin: str
) -> None:
    form = f'<form method="post" action="{OURS}/connect"></form>'
    headers = {} if policy is None else {"Referrer_Policy": policy}
    await browser.submit(a_page(page_url, form, **headers))
    assert web.last.headers["Origin"] == origin


@pytest.mark.parametrize(
    ("opened_from", "site"),
    [
        (None, "none"),
        (f"{OURS}/", "same-origin"),
        ("https://switchboard.example:8443/", "same-site"),
        ("http://switchboard.example/", "cross-site"),
        (f"{THEIRS}/", "cross-site"),
    ],
)
async def test_sec_fetch_site_says_how_far_the_initiator_is(
    web: Web, browser: Browser, opened_from: str | None, site: str
) -> None:
    await browser.get(f"{OURS}/a", opened_from=None if opened_from is None else a_page(opened_from))
    assert web.last.headers["Sec-Fetch-Site"] == site
    assert "Origin" not in web.last.headers


async def test_a_way_through_another_site_is_cross_site_also_when_it_leads_back(web: Web, browser: Browser) -> None:
    web.redirects(f"{OURS}/a", f"{THEIRS}/b", status=307)
    web.redirects(f"{THEIRS}/b", f"{OURS}/c", status=307)
    await browser.submit(a_page(f"{OURS}/a"))
    assert [request.headers["Sec-Fetch-Site"] for request in web.requests] == [
        "same-origin",
        "cross-site",
        "cross-site",
    ]
    assert [request.headers["Origin"] for request in web.requests] == [OURS, OURS, "null"]


@pytest.mark.parametrize(
    ("policy", "at_home", "abroad"),
    [
        (None, f"{OURS}/page?code=c", f"{OURS}/"),
        ("no-referrer", None, None),
        ("same-origin", f"{OURS}/page?code=c", None),
        ("strict-origin", f"{OURS}/", f"{OURS}/"),
        ("unheard-of, no-referrer", None, None),
    ],
)
async def test_the_referer_is_as_much_as_the_policy_lets_out(
    web: Web, browser: Browser, policy: str | None, at_home: str | None, abroad: str | None
) -> None:
    page = a_page(f"{OURS}/page?code=c#f", **({} if policy is None else {"Referrer_Policy": policy}))
    await browser.get(f"{OURS}/a", opened_from=page)
    assert web.last.headers.get("Referer") == at_home
    await browser.get(f"{THEIRS}/a", opened_from=page)
    assert web.last.headers.get("Referer") == abroad


async def test_a_redirect_may_tighten_the_policy(web: Web, browser: Browser) -> None:
    web.redirects(f"{OURS}/a", f"{THEIRS}/b", Referrer_Policy="no-referrer")
    await browser.get(f"{OURS}/a", opened_from=a_page(f"{OURS}/page"))
    assert [request.headers.get("Referer") for request in web.requests] == [f"{OURS}/page", None]
