"""Addresses that tenants name. C19: return URLs are compared whole, so what is registered must be one address alone."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.urls import (
    address_problem,
    comparable_url,
    issuer_problem,
    origin_of,
    origin_problem,
    relay_callback_url_problem,
    return_url_problem,
)

OURS = "https://connect.example"

HTTPS = [
    "https://acme.example",
    "https://acme.example/",
    "https://acme.example/done?kept=1",
    "https://ACME.example:8443/a%20b",
    "https://acme.example:443/",
    "https://acme.example:65535/",
    "https://127.0.0.1/",
    "https://[2001:db8::1]:8443/",
    "https://a_b.example/",
]

EVIL = [
    "",
    "acme.example",
    "/done",
    "//evil.example",
    "https:///done",
    "https:/acme.example",
    "https:acme.example",
    "https://",
    "https://:443/",
    "https://acme.example:/",
    "https://acme.example:0/",
    "https://acme.example:65536/",
    "https://acme.example:http/",
    "https://acme.example:\uff14\uff14\uff13/",
    "https://user@evil.example/",
    "https://user:password@evil.example/",
    "https://acme.example@evil.example/",
    "https://acme.example%40evil.example/",
    "https://%65vil.example/",
    "https://evil.example%2f.acme.example/",
    "https://acme.example\\@evil.example/",
    "\\\\evil.example",
    "https:\\\\evil.example",
    "https://acmé.example/",
    "https://acme。example/",
    "https://acme.example/é",
    "https://acme .example/",
    " https://acme.example/",
    "https://acme.example/ ",
    "https://acme.example/\n",
    "https://acme.example/\x00",
    "https://acme\t.example/",
    "https://[::1]evil.example/",
    "https://[evil.example]/",
    "https://[::1/",
    "https://acme.example/#fragment",
    "https://acme.example/#",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "ftp://acme.example/",
    "blob:https://acme.example/1",
    "intent://acme.example/",
    "https://acme.example/" + "a" * 2048,
]


@pytest.mark.parametrize("insecure", [False, True])
@pytest.mark.parametrize("url", HTTPS)
def test_c19_https_is_taken_everywhere(url: str, *, insecure: bool) -> None:
    assert address_problem(url, insecure=insecure) is None
    assert return_url_problem(url, insecure=insecure) is None


@pytest.mark.parametrize("insecure", [False, True])
@pytest.mark.parametrize("url", EVIL)
def test_c19_what_could_be_read_as_another_address_is_refused(url: str, *, insecure: bool) -> None:
    assert address_problem(url, insecure=insecure)
    assert return_url_problem(url, insecure=insecure)
    assert relay_callback_url_problem(url, public_url=OURS, insecure=insecure)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://127.8.0.1/", "http://[::1]:9/", "http://localhost/", "http://LOCALHOST:9/"]
)
def test_c19_http_on_loopback_is_for_development_alone(url: str) -> None:
    assert return_url_problem(url, insecure=True) is None
    assert return_url_problem(url, insecure=False)
    assert address_problem(url, insecure=True) is None
    assert address_problem(url, insecure=False)


@pytest.mark.parametrize(
    "url",
    ["http://acme.example/", "http://10.0.0.1/", "http://localhost.evil.example/", "http://127.0.0.1.evil.example/"],
)
def test_c19_a_browser_is_sent_over_http_to_loopback_alone(url: str) -> None:
    assert return_url_problem(url, insecure=True)
    assert address_problem(url, insecure=True) is None, "we ourselves may ask there, in development"


def test_the_longest_address_has_2048_characters() -> None:
    longest = "https://acme.example/".ljust(2048, "a")
    assert address_problem(longest, insecure=False) is None
    assert address_problem(longest + "a", insecure=False)


@pytest.mark.parametrize("url", ["https://acme.example/?a=1", "https://acme.example/?"])
def test_a_relay_has_no_query(url: str) -> None:
    assert relay_callback_url_problem(url, public_url=OURS, insecure=False)
    assert return_url_problem(url, insecure=False) is None


@pytest.mark.parametrize(
    "url", ["https://connect.example", "https://CONNECT.example:443/back", "https://connect.example/connect?a=1"]
)
def test_a_relay_is_not_at_our_own_address(url: str) -> None:
    assert "own address" in str(relay_callback_url_problem(url, public_url=OURS, insecure=False))
    for other in ("https://connect.example.org/", "https://connect.example:8443/", "https://xconnect.example/"):
        assert relay_callback_url_problem(other, public_url=OURS, insecure=False) is None


@given(st.text() | st.text().map("https://{}".format) | st.text().map("https://acme.example{}".format))
def test_any_text_is_judged(text: str) -> None:
    relay_problem = partial(relay_callback_url_problem, public_url=OURS)
    for problem in (address_problem, return_url_problem, relay_problem):
        verdict = problem(text, insecure=True)
        assert verdict is None or verdict.startswith(("is ", "has ", "begins "))


@pytest.mark.parametrize(
    "origin", ["https://acme.example", "https://a.example:8443", "https://[::ab]", "https://10.0.0.1"]
)
def test_rfc6454_6_2_an_origin_is_as_browsers_write_it(origin: str) -> None:
    assert origin_problem(origin, insecure=False) is None


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://*.acme.example",
        "https://Acme.example",
        "HTTPS://acme.example",
        "https://acme.example/",
        "https://acme.example:443",
        "https://acme.example:08443",
        "https://[::AB]",
        "https://acme.example?",
        "http://acme.example",
    ],
)
def test_rfc6454_6_2_what_no_browser_writes_is_no_origin(origin: str) -> None:
    assert origin_problem(origin, insecure=True)


@pytest.mark.parametrize("url", ["https://id.example/tenant", "http://127.0.0.1:8200/v1/identity/oidc"])
def test_rfc8414_2_an_issuer_may_have_a_path(url: str) -> None:
    assert issuer_problem(url) is None


@pytest.mark.parametrize(
    "url", ["http://id.example", "https://id.example?", "https://id.example#a", "https://u@id.example"]
)
def test_rfc8414_2_an_issuer_has_neither_query_nor_fragment_nor_plain_http(url: str) -> None:
    assert issuer_problem(url)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTPS://Acme.example:443/a?b=c", "https://acme.example"),
        ("http://[::AB]:8080/", "http://[::ab]:8080"),
        ("acme.example/a", "acme.example/a"),
        ("https://[", "https://["),
    ],
)
def test_rfc6454_4_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "https://front.example.com/callback",
        "HTTPS://front.example.com/callback",
        "https://FRONT.Example.COM/callback",
        "https://front.example.com:443/callback",
        "https://front.example.com:/callback",
    ],
)
def test_rfc3986_6_2_spellings_of_one_address_compare_equal(url: str) -> None:
    assert comparable_url(url) == "https://front.example.com/callback"


def test_rfc3986_6_2_3_an_empty_path_is_the_root() -> None:
    assert comparable_url("https://front.example.com") == comparable_url("https://front.example.com/")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x", "https://b.example/x"),
        ("https://a.example/x", "https://a.example/X"),
        ("https://a.example/x", "https://a.example/x/"),
        ("https://a.example/x", "https://a.example:8443/x"),
        ("https://a.example/x", "http://a.example/x"),
        ("http://a.example:443/x", "https://a.example:443/x"),
        ("https://a.example:80/x", "https://a.example/x"),
    ],
)
def test_what_are_two_addresses_stay_two(one: str, other: str) -> None:
    assert comparable_url(one) != comparable_url(other)


@pytest.mark.parametrize(
    ("url", "compared"),
    [
        ("http://127.0.0.1:80/x", "http://127.0.0.1/x"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://[::ABCD]:80/x", "http://[::abcd]/x"),
    ],
)
def test_addresses_of_machines_keep_their_form(url: str, compared: str) -> None:
    assert comparable_url(url) == compared


@given(host=st.from_regex(r"[a-zA-Z0-9]{1,10}(\.[a-zA-Z0-9]{1,10}){0,3}", fullmatch=True), port=st.integers(1, 65535))
def test_comparing_is_stable(host: str, port: int) -> None:
    compared = comparable_url(f"HTTPS://{host}:{port}/Path?Query=1")
    assert comparable_url(compared) == compared
    assert compared.endswith("/Path?Query=1")
