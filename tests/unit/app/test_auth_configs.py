"""``authConfigs[]``: read, judged, and their secrets taken out."""

import json
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.wire.auth_configs import AuthConfigBody, ReadConfig, answered, read_auth_config
from domain.auth_configs import AuthType, OAuth2Config, OidcConfig, UnusableConfig
from domain.errors import InvalidRequest, SwitchboardError
from domain.oauth.client import AuthStyle, PkceMethod
from domain.secret import Secret

OAUTH2: dict[str, Any] = {
    "authorizationEndpoint": "https://id.example.com/authorize",
    "tokenEndpoint": "https://id.example.com/token",
    "clientId": "client",
}
OIDC: dict[str, Any] = {"discoveryUrl": "https://id.example.com", "clientId": "client"}


def read(config_type: str, data: dict[str, Any], *, insecure: bool = False) -> ReadConfig:
    return read_auth_config(AuthConfigBody(type=config_type, data=data), insecure=insecure)


def oauth2(*without: str, **changes: Any) -> ReadConfig:
    return read("oauth2", {name: value for name, value in (OAUTH2 | changes).items() if name not in without})


def unusable(found: ReadConfig) -> UnusableConfig:
    assert isinstance(found.config, UnusableConfig)
    return found.config


def test_the_least_that_works() -> None:
    assert oauth2().config == OAuth2Config(
        authorization_endpoint="https://id.example.com/authorize",
        token_endpoint="https://id.example.com/token",
        client_id="client",
    )
    assert read("oidc", OIDC).config == OidcConfig(discovery_url="https://id.example.com", client_id="client")


def test_all_that_can_be_said() -> None:
    data = OAUTH2 | {
        "flowType": "authorizationCode",
        "clientSecret": "the-client-secret",
        "scopes": {"z": "Last", "a": "First"},
        "issuer": "https://id.example.com",
        "refreshEndpoint": "https://id.example.com/refresh",
        "revocationEndpoint": "https://id.example.com/revoke",
        "authStyle": "body",
        "pkce": "none",
        "additionalAuthorizeParameters": {"audience": "api"},
        "additionalTokenParameters": {"resource": "https://api.example.com"},
        "refreshTokenIdleLifetime": 15_552_000,
        "refreshTokenAbsoluteLifetime": 31_536_000,
    }
    found = read("OAuth2", data)
    assert found.secrets == {"oauth2.client_secret": Secret("the-client-secret")}
    assert isinstance(found.config, OAuth2Config)
    assert (found.config.auth_style, found.config.pkce) == (AuthStyle.BODY, PkceMethod.NONE)
    assert list(found.config.scopes) == ["z", "a"], "the order in which providers are asked"
    body = answered(found.config)
    expected = data | {"flowType": "authorization_code"}
    del expected["clientSecret"]
    assert (body.type, body.is_valid, body.reason, body.data) == ("oauth2", True, None, expected)


@pytest.mark.parametrize(("spelt", "answered_as"), [("OAUTH2", "oauth2"), ("oAuth2", "oauth2"), ("OIDC", "oidc")])
def test_types_are_matched_without_regard_to_case_and_answered_in_our_spelling(spelt: str, answered_as: str) -> None:
    assert answered(read(spelt, OAUTH2 if answered_as == "oauth2" else OIDC).config).type == answered_as


@pytest.mark.parametrize("secret", [None, ""])
def test_an_empty_secret_is_removed_and_an_absent_one_is_not_spoken_of(secret: str | None) -> None:
    assert oauth2(clientSecret=secret).secrets == {"oauth2.client_secret": None}
    assert oauth2().secrets == {}


@pytest.mark.parametrize(
    ("without", "changes", "reason"),
    [
        ("clientId", {}, "clientId is missing."),
        ("", {"clientId": ""}, "clientId is missing."),
        ("", {"authStyle": "header"}, "clientSecret is missing, and authStyle needs one."),
        ("", {"authStyle": "body"}, "clientSecret is missing, and authStyle needs one."),
        ("authorizationEndpoint", {}, "authorizationEndpoint is missing."),
        ("tokenEndpoint", {}, "tokenEndpoint is missing."),
        ("", {"tokenEndpoint": "http://id.example.com/token"}, "tokenEndpoint begins with https://."),
        ("", {"tokenEndpoint": "id.example.com"}, "tokenEndpoint begins with https://."),
        ("", {"authorizationEndpoint": "https://id.example.com/#f"}, "authorizationEndpoint has no fragment."),
        ("", {"refreshEndpoint": "http://id.example.com"}, "refreshEndpoint begins with https://."),
        ("", {"revocationEndpoint": "javascript:alert(1)"}, "revocationEndpoint begins with https://."),
    ],
)
def test_an_oauth2_config_that_cannot_work_is_kept_with_its_reason(
    without: str, changes: dict[str, Any], reason: str
) -> None:
    config = unusable(oauth2(without, **changes))
    assert (config.type, config.reason) == (AuthType.OAUTH2, reason)
    body = answered(config)
    assert (body.is_valid, body.reason) == (False, reason)
    for name, value in changes.items():
        assert body.data.get(name, "") == value


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"discoveryUrl": ""}, "discoveryUrl is missing."),
        ({"discoveryUrl": "http://id.example.com"}, "discoveryUrl begins with https://."),
        ({"clientId": ""}, "clientId is missing."),
    ],
)
def test_an_oidc_config_that_cannot_work_is_kept_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    config = unusable(read("oidc", OIDC | changes))
    assert (config.type, config.reason) == (AuthType.OIDC, reason)


def test_http_endpoints_work_in_development_alone() -> None:
    data = OAUTH2 | {"tokenEndpoint": "http://127.0.0.1:9/token"}
    assert isinstance(read("oauth2", data, insecure=True).config, OAuth2Config)
    assert isinstance(read("oauth2", data, insecure=False).config, UnusableConfig)


@pytest.mark.parametrize("config_type", ["oauth2", "oidc"])
@pytest.mark.parametrize("client_id", ["client", ""])
def test_a_secret_is_neither_kept_with_the_config_nor_answered(config_type: str, client_id: str) -> None:
    data = (OAUTH2 if config_type == "oauth2" else OIDC) | {"clientSecret": "canary", "clientId": client_id}
    found = read(config_type, data)
    assert found.secrets == {f"{config_type}.client_secret": Secret("canary")}
    assert "canary" not in f"{found!r}{attrs.asdict(found.config)}"
    assert b"canary" not in msgspec.json.encode(answered(found.config))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"nope": 1}, "authConfigs.data.nope"),
        ({"client_id": "x"}, "authConfigs.data.client_id"),
        ({"discoveryUrl": "https://id.example.com"}, "authConfigs.data.discoveryUrl"),
        ({"clientId": 1}, "authConfigs.data.clientId"),
        ({"clientId": None}, "authConfigs.data.clientId"),
        ({"clientSecret": ["s"]}, "authConfigs.data.clientSecret"),
        ({"scopes": ["read"]}, "authConfigs.data.scopes"),
        ({"scopes": {"read": None}}, "authConfigs.data.scopes[...]"),
        ({"authStyle": "basic"}, "authConfigs.data.authStyle"),
        ({"pkce": "plain"}, "authConfigs.data.pkce"),
        ({"additionalAuthorizeParameters": {"a": 1}}, "authConfigs.data.additionalAuthorizeParameters[...]"),
        ({"issuer": 7}, "authConfigs.data.issuer"),
    ],
)
def test_a_member_that_does_not_fit_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        oauth2(**changes)
    assert [error.field for error in refused.value.fields] == [field]


def test_pkce_plain_is_not_offered_and_its_word_is_not_echoed() -> None:
    with pytest.raises(InvalidRequest) as refused:
        oauth2(pkce="canary")
    assert "canary" not in str(refused.value.extensions)


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("additionalAuthorizeParameters", "redirect_uri"),
        ("additionalAuthorizeParameters", "STATE"),
        ("additionalAuthorizeParameters", "redirect.uri[]"),
        ("additionalTokenParameters", "client_secret"),
        ("additionalTokenParameters", "Code_Verifier"),
    ],
)
def test_c16_a_parameter_that_we_set_is_refused_and_its_value_not_kept(member: str, name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        oauth2(**{member: {name: "canary", "audience": "api"}})
    (field,) = refused.value.fields
    assert (field.field, field.message) == (f"authConfigs.data.{member}", f"may not set {name}")


@pytest.mark.parametrize("flow_type", ["implicit", "", "AUTHORIZATION_CODE"])
def test_another_flow_cannot_work(flow_type: str) -> None:
    assert unusable(oauth2(flowType=flow_type)).reason.startswith("flowType is none of authorization_code, ")


values = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2)
names = st.text() | st.sampled_from(
    [
        *OAUTH2,
        *OIDC,
        "clientSecret",
        "scopes",
        "flowType",
        "authStyle",
        "pkce",
        "name",
        "in",
        "user",
        "algorithm",
        "secret",
    ]
)


@given(st.sampled_from([*AuthType, "custom"]), st.dictionaries(names, values, max_size=6))
def test_any_data_is_a_config_or_a_refusal(config_type: str, data: dict[str, Any]) -> None:
    try:
        found = read(config_type, data)
    except SwitchboardError:
        return
    body = json.loads(msgspec.json.encode(answered(found.config)))
    assert not {"clientSecret", "secret", "password"} & body["data"].keys()
    assert body["isValid"] == (not isinstance(found.config, UnusableConfig))
