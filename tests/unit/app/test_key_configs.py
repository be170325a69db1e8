"""Auth configs without OAuth, the grants without a browser, and types that we do not know."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.wire.auth_configs import AuthConfigBody, ReadConfig, answered, read_auth_config
from domain.auth_configs import (
    ApiKeyConfig,
    BasicAuthConfig,
    DirectGrantConfig,
    FlowType,
    HttpRefreshConfig,
    JwtBearerConfig,
    Location,
    UnusableConfig,
)
from domain.lifetimes import read_lifetime, write_lifetime
from domain.secret import Secret

REFRESH: dict[str, Any] = {
    "tokenEndpoint": "https://id.example.com/token",
    "method": "POST",
    "tokenTTL": 600,
    "secretIn": "header",
    "headerDestination": "X-Secret",
    "headers": {"X-Version": ["1", "2"]},
    "selector": "result.tok",
    "name": "Authorization",
    "in": "header",
    "prefix": "Bearer ",
}


def read(config_type: str, data: dict[str, Any]) -> ReadConfig:
    return read_auth_config(AuthConfigBody(type=config_type, data=data), insecure=False)


def reason(config_type: str, data: dict[str, Any]) -> str:
    config = read(config_type, data).config
    assert isinstance(config, UnusableConfig)
    return config.reason


def test_an_api_key_has_a_place() -> None:
    found = read("ApiKey", data := {"name": "X-Api-Key", "in": "header"})
    assert found == ReadConfig(ApiKeyConfig(name="X-Api-Key", location=Location.HEADER), {})
    assert (answered(found.config).type, answered(found.config).data) == ("apikey", data)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "k"},
        {"in": "query"},
        {"name": "k", "in": "body"},
        {"name": "a b", "in": "cookie"},
        {"name": "X: y\r\nZ", "in": "header"},
    ],
)
def test_an_api_key_without_a_place_cannot_work_and_is_answered_as_sent(data: dict[str, Any]) -> None:
    body = answered(read("apikey", data).config)
    assert (body.is_valid, body.data) == (False, data)
    assert body.reason


def test_the_password_of_basic_auth_is_written_only() -> None:
    found = read("httpbasicauth", {"user": "u", "password": "p"})
    assert found == ReadConfig(BasicAuthConfig(user="u"), {"httpBasicAuth.password": Secret("p")})
    assert (answered(found.config).type, answered(found.config).data) == ("httpBasicAuth", {"user": "u"})


def test_both_may_be_empty() -> None:
    found = read("httpBasicAuth", {"user": "", "password": ""})
    assert found == ReadConfig(BasicAuthConfig(), {"httpBasicAuth.password": Secret("")})
    assert read("httpBasicAuth", {"password": None}).secrets == {"httpBasicAuth.password": None}


def test_a_jwt_bearer_has_defaults() -> None:
    found = read("jwtbearer", {"algorithm": "EdDSA", "secret": "s"})
    assert found == ReadConfig(JwtBearerConfig(algorithm="EdDSA"), {"jwtbearer.secret": Secret("s")})
    assert answered(found.config).data == {"algorithm": "EdDSA", "payload": {}, "prefix": "Bearer", "expiresIn": "1h"}


def test_a_jwt_bearers_payload_may_be_text() -> None:
    found = read("jwtbearer", {"algorithm": "HS256", "payload": '{"sub": "me"}'})
    assert found.config == JwtBearerConfig(algorithm="HS256", payload={"sub": "me"})


@pytest.mark.parametrize(
    "data",
    [{}, {"algorithm": "none"}, {"algorithm": "HS1"}, {"algorithm": "HS256", "prefix": "a\r\nb"}]
    + [{"algorithm": "HS256", "payload": text} for text in ("", "{", "[]")]
    + [{"algorithm": "HS256", "expiresIn": text} for text in ("", "0", "soon", "1d", "-5", "9999999h")],
)
def test_a_jwt_bearer_that_cannot_work(data: dict[str, Any]) -> None:
    assert reason("jwtbearer", data)


def test_http_refresh_is_answered_as_sent() -> None:
    found = read("httprefresh", REFRESH)
    assert isinstance(found.config, HttpRefreshConfig)
    assert (found.config.headers, found.config.token_ttl_seconds) == ({"X-Version": ("1", "2")}, 600)
    assert answered(found.config).data == REFRESH


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("tokenEndpoint", ""),
        ("tokenEndpoint", "http://id.example.com"),
        ("method", "get"),
        ("tokenTTL", 0),
        ("secretIn", "query"),
        ("headerDestination", None),
        ("headers", {"X y": []}),
        ("headers", {"X": ["a\nb"]}),
        ("headers", {"Host": ["internal"]}),
        ("headerDestination", "Content-Length"),
        ("name", ""),
        ("in", "body"),
        ("prefix", "\r"),
    ],
)
def test_http_refresh_names_the_member_for_which_it_cannot_work(member: str, value: object) -> None:
    assert reason("httprefresh", REFRESH | {member: value}).startswith(member)


@pytest.mark.parametrize("spelling", ["client_credentials", "clientCredentials"])
def test_client_credentials_need_a_token_endpoint_alone(spelling: str) -> None:
    found = read("oauth2", {"flowType": spelling, "tokenEndpoint": "https://id.example.com/token"})
    assert found.config == DirectGrantConfig(
        flow_type=FlowType.CLIENT_CREDENTIALS, token_endpoint="https://id.example.com/token"
    )
    assert answered(found.config).data["flowType"] == "client_credentials"
    assert reason("oauth2", {"flowType": spelling}) == "tokenEndpoint is missing."


@pytest.mark.parametrize("spelling", ["resource_owner_password", "resourceOwnerPassword"])
def test_the_password_of_a_password_grant_is_written_only(spelling: str) -> None:
    data = {"flowType": spelling, "tokenEndpoint": "https://id.example.com/token", "username": "u", "password": "p"}
    found = read("oauth2", data)
    assert found.secrets == {"oauth2.password": Secret("p")}
    assert answered(found.config).data["username"] == "u"
    assert "password" not in answered(found.config).data


def test_an_unknown_type_is_kept_with_what_cannot_be_secret() -> None:
    data = {
        "function_url": "https://fn.example/run",
        "nested": {"apiKey": "canary"},
        "hook": "https://fn.example/?code=canary",
        "login": ["https://user:canary@fn.example"],
        "clientSecret": "canary",
        "n": [1, None, {"a": "b"}],
    }
    found = read("Custom", data)
    body = answered(found.config)
    assert (body.type, body.is_valid) == ("Custom", False)
    assert body.data == {"function_url": "https://fn.example/run", "n": [1, None, {"a": "b"}]}
    assert list(found.secrets) == ["Custom.data"]


@given(st.integers(1, 10**8))
def test_a_lifetime_reads_as_it_was_written(seconds: int) -> None:
    assert read_lifetime(write_lifetime(seconds)) == read_lifetime(str(seconds)) == seconds


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("1h30m", 5400), ("2h1s", 7201)])
def test_a_lifetime_is_seconds_or_has_units(text: str, seconds: int) -> None:
    assert read_lifetime(text) == seconds
