"""Forms: their schemas, and how they are read."""

from typing import Any

import pytest

from domain.auth_configs import (
    ApiKeyConfig,
    BasicAuthConfig,
    DirectGrantConfig,
    FlowType,
    FormConfig,
    HttpRefreshConfig,
    JwtBearerConfig,
    Location,
)
from domain.connection_forms import form_schema
from domain.errors import InvalidRequest
from domain.filled_forms import FilledForm, names_kept, read_form
from domain.secret import Secret

API_KEY = ApiKeyConfig(name="X-Key", location=Location.HEADER)
BASIC = BasicAuthConfig()
CLIENT = DirectGrantConfig(flow_type=FlowType.CLIENT_CREDENTIALS, token_endpoint="https://id.example/token")
OWNER = DirectGrantConfig(flow_type=FlowType.RESOURCE_OWNER_PASSWORD, token_endpoint="https://id.example/token")
JWT = JwtBearerConfig(algorithm="HS256", payload={"iss": "us"})
FETCHED = HttpRefreshConfig(
    token_endpoint="https://api.example/token",
    method="POST",
    token_ttl_seconds=60,
    secret_in="body",
    name="X-Token",
    location=Location.HEADER,
)
CREDENTIALS = {"clientId": "c", "clientSecret": "s"}


def read(config: FormConfig, **data: Any) -> FilledForm:
    return read_form(config, data, kept={})


def texts(form: FilledForm) -> dict[str, str]:
    return {name: value.reveal() for name, value in form.document.items()}


def fields(config: FormConfig, **data: Any) -> set[str]:
    with pytest.raises(InvalidRequest) as refused:
        read(config, **data)
    return {field.field for field in refused.value.fields}


@pytest.mark.parametrize(
    ("config", "members", "required"),
    [
        (API_KEY, {"apiKey"}, ["apiKey"]),
        (BASIC, {"user", "password"}, ["user", "password"]),
        (BasicAuthConfig(user="bob"), {"user", "password"}, ["password"]),
        (
            CLIENT,
            {*CREDENTIALS, "username", "password", "additionalParameters", "issueToken", "authStyle"},
            ["clientId", "clientSecret"],
        ),
        (
            OWNER,
            {*CREDENTIALS, "username", "password", "additionalParameters", "issueToken", "authStyle"},
            ["clientId", "clientSecret", "username", "password"],
        ),
        (JWT, {"secret", "payload", "algorithm", "prefix", "expiresIn"}, ["secret"]),
        (FETCHED, {"secret"}, ["secret"]),
    ],
)
def test_a_schema_names_the_members_and_no_others(config: FormConfig, members: set[str], required: list[str]) -> None:
    schema: Any = form_schema(config)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)
    assert schema["properties"].keys() == members
    assert schema["required"] == required


def test_an_api_key_is_kept_as_a_raw_keeps_it() -> None:
    assert texts(read(API_KEY, apiKey="k")) == {"raw": "k"}


def test_user_and_password_are_kept_as_a_basic_auth_keeps_them() -> None:
    assert texts(read(BASIC, user="bob", password="")) == {"username": "bob", "password": ""}


def test_what_is_left_out_is_what_the_app_has() -> None:
    form = read_form(BasicAuthConfig(user="bob"), {}, kept={"password": Secret("p")})
    assert texts(form) == {"username": "bob", "password": "p"}


@pytest.mark.parametrize(("style", "kept"), [(0, "auto"), (1, "body"), (2, "header")])
def test_the_number_of_an_auth_style_is_kept_as_its_word(style: int, kept: str) -> None:
    assert texts(read(CLIENT, **CREDENTIALS, authStyle=style))["authStyle"] == kept


def test_to_issue_a_token_is_asked_and_not_kept() -> None:
    form = read(CLIENT, **CREDENTIALS, issueToken=True)
    assert form.issue_token
    assert texts(form) == CREDENTIALS
    assert not read(CLIENT, **CREDENTIALS, issueToken=False).issue_token


def test_a_jwts_members_are_the_apps_unless_sent() -> None:
    assert texts(read(JWT, secret="s")) == {
        "secret": "s",
        "payload": '{"iss": "us"}',
        "algorithm": "HS256",
        "prefix": "Bearer",
        "expiresIn": "3600",
    }
    sent = {"payload": {"sub": "a"}, "algorithm": "HS512", "prefix": "", "expiresIn": "1h30m"}
    assert texts(read(JWT, secret="s", **sent)) == {
        "secret": "s",
        "payload": '{"sub": "a"}',
        "algorithm": "HS512",
        "prefix": "",
        "expiresIn": "5400",
    }


def test_every_member_that_is_wrong_is_named() -> None:
    assert fields(CLIENT, clientId="", other=1, authStyle=True) == {
        "data.clientId",
        "data.clientSecret",
        "data.other",
        "data.authStyle",
    }


@pytest.mark.parametrize(
    ("config", "data"),
    [
        (API_KEY, {"apiKey": "a\r\nb"}),
        (API_KEY, {"apiKey": 7}),
        (BASIC, {"user": "a:b", "password": "p"}),
        (BASIC, {"user": "a\x01", "password": "p"}),
        (OWNER, {**CREDENTIALS, "username": "u"}),
        (CLIENT, {**CREDENTIALS, "issueToken": "yes"}),
        (CLIENT, {**CREDENTIALS, "authStyle": 3}),
        (CLIENT, {**CREDENTIALS, "additionalParameters": "a"}),
        (CLIENT, {**CREDENTIALS, "additionalParameters": "a=1&a=2"}),
        (CLIENT, {**CREDENTIALS, "additionalParameters": "Grant_Type=x"}),
        (CLIENT, {**CREDENTIALS, "additionalParameters": "password=x"}),
        (JWT, {"secret": "s", "payload": "[]"}),
        (JWT, {"secret": "s", "payload": '{"a": NaN}'}),
        (JWT, {"secret": "s", "algorithm": "none"}),
        (JWT, {"secret": "s", "prefix": "a\nb"}),
        (JWT, {"secret": "s", "expiresIn": "0"}),
        (JWT, {"secret": "s", "expiresIn": "9000h"}),
        (FETCHED, {"secret": ""}),
    ],
)
def test_what_cannot_work_is_refused(config: FormConfig, data: dict[str, Any]) -> None:
    assert fields(config, **data)


def test_a_payload_that_is_too_deep_or_too_large_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert fields(JWT, secret="s", payload=deep) == {"data.payload"}
    assert fields(JWT, secret="s", payload={"a": "x" * 70_000}) == {"data.payload"}
    assert fields(JWT, secret="s", payload={"a": 10**5000}) == {"data.payload"}


def test_a_refusal_never_quotes_a_value() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(CLIENT, clientId="c", clientSecret=["hunter2"], authStyle="hunter2")
    assert "hunter2" not in str(refused.value.fields)


def test_a_grant_in_the_document_is_none_of_the_forms_names() -> None:
    assert not names_kept(CLIENT) & {"access_token", "token_type", "obtained_at", "attempt", "learnt_auth_style"}
