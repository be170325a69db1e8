"""Whoever asks may write what they like into ``X-Forwarded-For``: who is trusted decides how far it is read."""

from ipaddress import ip_address, ip_network
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.types import HTTPScope

from app.http.source_address import source_address

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]


def source(peer: str | None, *forwarded: str, trusted: Any = PROXIES) -> str | None:
    """Of a request of this peer, with these header lines."""
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return source_address(cast("HTTPScope", {"client": peer and (peer, 4711), "headers": headers}), trusted)


def test_a_peer_that_nobody_trusts_is_the_source_whatever_it_sends() -> None:
    assert source("192.0.2.1", "203.0.113.9") == "192.0.2.1"
    assert source("10.0.0.1", "203.0.113.9", trusted=[]) == "10.0.0.1"


def test_a_trusted_proxy_tells_whom_it_heard() -> None:
    assert source("10.0.0.1", "203.0.113.9") == "203.0.113.9"


def test_what_the_caller_wrote_left_of_it_is_not_believed() -> None:
    assert source("10.0.0.1", "198.51.100.1, 203.0.113.9") == "203.0.113.9"
    assert source("10.0.0.1", "10.0.0.7, 203.0.113.9") == "203.0.113.9"


def test_a_line_more_is_as_a_comma_more() -> None:
    assert source("10.0.0.1", "198.51.100.1", "203.0.113.9, 10.0.0.2") == "203.0.113.9"


def test_proxies_behind_proxies_are_passed_over() -> None:
    assert source("10.0.0.1", "203.0.113.9, 2001:db8::5, 10.0.0.3") == "203.0.113.9"
    assert source("10.0.0.1", "10.0.0.2") == "10.0.0.2"


@pytest.mark.parametrize("junk", ["unknown", "", "203.0.113.9.example", "1", "203.0.113.9:80:80", "[", "::g"])
def test_what_is_no_address_ends_the_reading(junk: str) -> None:
    assert source("10.0.0.1", f"203.0.113.9, {junk}") == "10.0.0.1"
    assert source("10.0.0.1", f"203.0.113.9, {junk}, 10.0.0.2") == "10.0.0.2"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("203.0.113.9:8080", "203.0.113.9"),
        ("[2001:DB8:1::9]:8080", "2001:db8:1::9"),
        ("2001:4860:0::1", "2001:4860::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_ports_and_spellings_are_read(written: str, read: str) -> None:
    assert source("10.0.0.1", written) == read


def test_a_mapped_peer_is_trusted_as_what_it_is() -> None:
    assert source("::ffff:10.0.0.1", "203.0.113.9") == "203.0.113.9"


def test_a_server_that_knows_no_peer_knows_no_source() -> None:
    assert source(None, "203.0.113.9") is None
    assert source("/run/switchboard.sock", "203.0.113.9") is None


@given(st.lists(st.text(alphabet=st.characters(max_codepoint=255, exclude_characters="\r\n")), max_size=4))
def test_no_header_makes_a_stranger_anybody_else(lines: list[str]) -> None:
    assert source("192.0.2.1", *lines) == "192.0.2.1"
    found = source("10.0.0.1", *lines)
    assert found is not None
    assert str(ip_address(found)) == found
