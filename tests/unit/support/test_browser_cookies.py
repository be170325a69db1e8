"""The scripted browser keeps and sends cookies as RFC 6265bis and Chromium have it."""

import pytest

from tests.support.browser.cookies import Cookies

HOME = "https://switchboard.example"
LOOPBACK = "http://127.0.0.1:8000"


def sent(cookies: Cookies, url: str, *, cross_site: bool = False, method: str = "GET") -> str | None:
    return cookies.header(url, cross_site=cross_site, method=method)


def holding(*headers: str, url: str = f"{HOME}/oauth2/start") -> Cookies:
    cookies = Cookies()
    for header in headers:
        cookies.store(url, header)
    return cookies


def test_a_cookie_goes_to_its_host_whatever_the_port() -> None:
    cookies = holding("a=1; Path=/", url=LOOPBACK)
    assert sent(cookies, "http://127.0.0.1:9000/x") == "a=1"
    assert sent(cookies, "http://localhost:8000/x") is None
    assert sent(cookies, "http://sub.127.0.0.1/") is None


def test_a_domain_cookie_goes_to_subdomains_and_is_set_from_there_alone() -> None:
    cookies = holding("a=1; Domain=switchboard.example; Path=/", "b=2; Domain=provider.example; Path=/")
    assert sent(cookies, "https://eu.switchboard.example/") == "a=1"
    assert sent(cookies, "https://provider.example/") is None
    assert sent(cookies, "https://notswitchboard.example/") is None


def test_paths_match_by_whole_segments_and_the_longest_comes_first() -> None:
    cookies = holding("a=1; Path=/", "b=2; Path=/oauth2", "c=3")
    assert sent(cookies, f"{HOME}/oauth2/callback") == "b=2; c=3; a=1"
    assert sent(cookies, f"{HOME}/oauth2extra") == "a=1"


@pytest.mark.parametrize(
    ("url", "kept"),
    [(HOME, True), (LOOPBACK, True), ("http://localhost:1", True), ("http://switchboard.example", False)],
)
def test_a_secure_cookie_needs_https_or_loopback(url: str, kept: bool) -> None:
    cookies = holding("a=1; Secure; Path=/", url=f"{url}/")
    assert (sent(cookies, f"{url}/") == "a=1") is kept


def test_a_secure_cookie_is_not_sent_over_http() -> None:
    assert sent(holding("a=1; Secure; Path=/"), "http://switchboard.example/") is None


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("__Host-a=1; Secure; Path=/", True),
        ("__Host-a=1; Path=/", False),
        ("__Host-a=1; Secure; Path=/x", False),
        ("__Host-a=1; Secure; Path=/; Domain=switchboard.example", False),
        ("__Secure-a=1; Secure; Path=/", True),
        ("__Secure-a=1; Path=/", False),
        ("a=1; SameSite=None; Path=/", False),
    ],
)
def test_prefixes_and_same_site_none_bind_what_they_promise(header: str, kept: bool) -> None:
    assert bool(sent(holding(header), f"{HOME}/x")) is kept


@pytest.mark.parametrize(
    ("same_site", "link", "post"),
    [("Strict", False, False), ("Lax", True, False), (None, True, False), ("None; Secure", True, True)],
)
def test_from_another_site_a_cookie_comes_as_its_same_site_allows(
    same_site: str | None, link: bool, post: bool
) -> None:
    cookies = holding("a=1; Path=/" + (f"; SameSite={same_site}" if same_site else ""))
    assert sent(cookies, HOME, method="POST") == "a=1"
    assert bool(sent(cookies, HOME, cross_site=True)) is link
    assert bool(sent(cookies, HOME, cross_site=True, method="POST")) is post


@pytest.mark.parametrize("over", ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_cookie_set_again_is_replaced_and_one_that_is_over_is_forgotten(over: str) -> None:
    cookies = holding("a=1; Path=/", "a=2; Path=/; Max-Age=60; HttpOnly")
    assert sent(cookies, HOME) == "a=2"
    assert [cookie.http_only for cookie in cookies.at(HOME)] == [True]
    cookies.store(HOME, f"a=3; Path=/; {over}")
    assert sent(cookies, HOME) is None
