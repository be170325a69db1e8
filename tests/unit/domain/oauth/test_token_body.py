import json
from datetime import timedelta

import pytest

from domain.errors import FlowFailed, ProviderProtocolError
from domain.secret import Secret
from tests.unit.domain.examples import NOW
from tests.unit.domain.oauth.answers import FORM, GOOD, read


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "text/plain", "text/html", "", ";", "x"])
def test_whatever_is_not_declared_as_a_form_is_read_as_json(content_type: str) -> None:
    assert read(json.dumps(GOOD), content_type=content_type).access_token == Secret("the-access-token")


@pytest.mark.parametrize("content_type", [FORM, FORM + "; charset=utf-8", FORM + " ;x"])
def test_a_form_is_read_as_a_form(content_type: str) -> None:
    body = "access_token=gho_x%2By&scope=repo%2Cgist&token_type=bearer&expires_in=28800"
    grant = read(body, requested="repo gist", content_type=content_type)
    assert (grant.access_token, grant.scope) == (Secret("gho_x+y"), "repo gist")
    assert grant.expires_at == NOW + timedelta(seconds=28800)


def test_a_form_that_is_declared_as_json_is_refused() -> None:
    with pytest.raises(ProviderProtocolError):
        read("access_token=x&token_type=bearer")


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "null",
        "true",
        "1",
        '"access_token"',
        "[]",
        json.dumps([GOOD]),
        "\ufeff" + json.dumps(GOOD),  # RFC 8259 §8.1: no byte order mark
        json.dumps(GOOD) + json.dumps(GOOD),
        json.dumps(GOOD)[:-1],
        "<html><body>502 Bad Gateway</body></html>",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"access_token": "one", "access_token": "two", "token_type": "Bearer"}',
        '{"access_token": "one", "token_type": "Bearer", "token_type": "mac"}',
        '{"access_token": "a\nb", "token_type": "Bearer"}',
        "{'access_token': 'x'}",
        "\x00",
    ],
)
def test_what_is_no_json_object_is_not_oauth(body: str) -> None:
    with pytest.raises(ProviderProtocolError):
        read(body)


@pytest.mark.parametrize(
    "body",
    ["", "access_token=one&access_token=two&token_type=bearer", "&".join(f"a{n}=1" for n in range(1001)), "=", "a;b"],
)
def test_a_form_without_one_access_token_is_not_oauth(body: str) -> None:
    with pytest.raises(ProviderProtocolError):
        read(body, content_type=FORM)


@pytest.mark.parametrize(
    "body",
    [
        '{"access_token": "canary-5512", "token_type": "mac"}',
        '{"access_token": "canary-5512", "access_token": "canary-5512"}',
        '{"access_token": "canary-5512",',
        '{"access_token": ["canary-5512"]}',
        '["canary-5512"]',
        "canary-5512",
    ],
)
def test_no_error_quotes_what_may_have_been_a_token(body: str) -> None:
    with pytest.raises(FlowFailed) as refused:
        read(body)
    assert "canary" not in f"{refused.value!r}{refused.value.extensions}{refused.value.__cause__!r}"
