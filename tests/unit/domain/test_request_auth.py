"""What authenticates a request, for each auth type."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.auth_configs import ApiKeyConfig, HttpRefreshConfig, Location
from domain.request_auth import RequestAuth, api_key_auth, basic_auth, bearer_auth, fetched_auth, fits, jwt_auth
from domain.secret import Secret
from tests.unit.domain.examples import a_grant

KEY = Secret("k-123")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (Location.HEADER, RequestAuth(headers={"X-Key": KEY})),
        (Location.QUERY, RequestAuth(query={"X-Key": KEY})),
        (Location.COOKIE, RequestAuth(cookies={"X-Key": KEY})),
    ],
)
def test_an_api_key_stands_where_its_config_says(location: Location, expected: RequestAuth) -> None:
    assert api_key_auth(ApiKeyConfig(name="X-Key", location=location), KEY) == expected


@given(user=st.text(st.characters(exclude_characters=":", exclude_categories=("Cs", "Cc"))), password=st.text())
def test_basic_authentication_can_be_read_back_by_rfc_7617(user: str, password: str) -> None:
    password = password.encode(errors="ignore").decode()
    header = basic_auth(Secret(user), Secret(password)).headers["Authorization"].reveal()
    scheme, _, encoded = header.partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(encoded).decode().partition(":") == (user, ":", password)


def test_a_grant_is_sent_as_its_type_says() -> None:
    headers = bearer_auth(a_grant()).headers
    assert headers == {"Authorization": Secret("Bearer the-access-token")}


def test_a_jwt_without_prefix_stands_alone() -> None:
    assert jwt_auth("", Secret("a.b.c")).headers == {"Authorization": Secret("a.b.c")}
    assert jwt_auth("JWT", Secret("a.b.c")).headers == {"Authorization": Secret("JWT a.b.c")}


def test_a_fetched_token_stands_where_and_as_its_config_says() -> None:
    config = HttpRefreshConfig(
        token_endpoint="https://api.example/token",
        method="POST",
        token_ttl_seconds=60,
        secret_in="body",
        name="sid",
        location=Location.COOKIE,
        prefix="",
    )
    assert fetched_auth(config, a_grant()) == RequestAuth(cookies={"sid": Secret("the-access-token")})


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\0b", "", "ü", " a", "a "])
def test_what_would_end_a_header_does_not_fit_into_one(value: str) -> None:
    assert not fits(value, Location.HEADER)


@pytest.mark.parametrize("value", ["a;b", "a,b", 'a"b', "a b", "a\\b", ""])
def test_what_would_end_a_cookie_does_not_fit_into_one(value: str) -> None:
    assert not fits(value, Location.COOKIE)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_visible_ascii_fits_into_a_header(value: str) -> None:
    assert fits(value, Location.HEADER)


def test_nothing_of_it_prints_its_secrets() -> None:
    assert "k-123" not in repr(api_key_auth(ApiKeyConfig(name="k", location=Location.QUERY), KEY))
