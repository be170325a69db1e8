"""Tokens that an app's own address gives for a secret."""

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.auth_configs import HttpRefreshConfig, Location
from domain.errors import ProviderProtocolError, ProviderUnavailable
from domain.http_refresh import fetch_request, read_fetched, selected
from domain.ids import AttemptId
from domain.secret import Secret
from tests.unit.domain.examples import NOW, ULID, an_answer

CONFIG = HttpRefreshConfig(
    token_endpoint="https://api.example/token",
    method="PUT",
    token_ttl_seconds=600,
    secret_in="header",
    header_destination="X-Secret",
    headers={"Accept": ("application/json", "text/plain")},
    selector="result.tok",
    name="X-Token",
    location=Location.HEADER,
    prefix="Token",
)


def config(**changes: Any) -> HttpRefreshConfig:
    return attrs.evolve(CONFIG, **changes)


def test_a_secret_in_a_header_is_that_headers_value() -> None:
    request = fetch_request(CONFIG, Secret("s"))
    assert (request.method, request.url, request.body, request.form) == ("PUT", CONFIG.token_endpoint, None, None)
    assert request.headers == {"Accept": Secret("application/json, text/plain"), "X-Secret": Secret("s")}


def test_the_secret_takes_the_place_of_a_header_of_that_name() -> None:
    request = fetch_request(config(headers={"x-secret": ("old",)}), Secret("s"))
    assert request.headers == {"X-Secret": Secret("s")}


@pytest.mark.parametrize(
    ("secret", "headers", "content_type"),
    [
        ('{"user": "u"}', {}, "application/json"),
        ("plain", {}, "text/plain; charset=utf-8"),
        ("a=b", {"content-type": ("application/x-www-form-urlencoded",)}, "application/x-www-form-urlencoded"),
    ],
)
def test_a_secret_in_the_body_is_the_body(secret: str, headers: dict[str, tuple[str, ...]], content_type: str) -> None:
    request = fetch_request(config(secret_in="body", headers=headers), Secret(secret))
    assert request.body == Secret(secret)
    assert {name.lower(): value for name, value in request.headers.items()} == {"content-type": Secret(content_type)}


@pytest.mark.parametrize(
    ("selector", "body", "token"),
    [
        ("tok", '{"tok": "t"}', "t"),
        ("result.tok", '{"result": {"tok": "t"}}', "t"),
        ("items.1.tok", '{"items": [{}, {"tok": "t"}]}', "t"),
        ("", " t \n", "t"),
    ],
)
def test_a_selector_leads_to_the_token(selector: str, body: str, token: str) -> None:
    assert selected(an_answer(body), selector) == token


@pytest.mark.parametrize(
    ("selector", "body"),
    [("tok", "{}"), ("a.b", '{"a": "x"}'), ("tok", '{"tok": 7}'), ("a.5", '{"a": ["x"]}'), ("tok", "[]"), ("t", "no")],
)
def test_where_there_is_no_token_the_answer_is_refused(selector: str, body: str) -> None:
    with pytest.raises(ProviderProtocolError):
        selected(an_answer(body), selector)


@given(path=st.lists(st.text("abc", min_size=1), min_size=1, max_size=5))
def test_any_depth_is_reached(path: list[str]) -> None:
    body = '"t"'
    for step in reversed(path):
        body = f'{{"{step}": {body}}}'
    assert selected(an_answer(body), ".".join(path)) == "t"


def test_a_token_is_used_for_its_ttl_from_before_it_was_asked_for() -> None:
    answer = an_answer('{"result": {"tok": "t"}}')
    grant = read_fetched(CONFIG, answer, sent_at=NOW, attempt=AttemptId(ULID))
    assert (grant.access_token, grant.expires_at) == (Secret("t"), NOW + timedelta(seconds=600))


def test_a_token_that_no_header_takes_is_refused() -> None:
    with pytest.raises(ProviderProtocolError):
        read_fetched(CONFIG, an_answer('{"result": {"tok": "a\\nb"}}'), sent_at=NOW, attempt=AttemptId(ULID))


@pytest.mark.parametrize("status", [301, 400, 401, 500])
def test_any_other_status_than_success_is_no_token(status: int) -> None:
    with pytest.raises(ProviderUnavailable) as failed:
        read_fetched(CONFIG, an_answer("{}", status=status), sent_at=NOW, attempt=AttemptId(ULID))
    assert failed.value.error == f"http_{status}"
