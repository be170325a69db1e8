import attrs
import pytest

from domain.apps import App, secret_name
from domain.auth_configs import AuthType, UnusableConfig
from domain.errors import InvalidRequest
from domain.oauth.client import AuthStyle, PkceMethod
from tests.unit.domain.examples import an_app, an_oauth2_config, an_oauth_client, an_oidc_config

OAUTH2 = an_oauth2_config()
OIDC = an_oidc_config()
UNUSABLE = UnusableConfig(type=AuthType.OAUTH2, data={"flowType": "implicit"}, reason="flowType is unknown.")


@pytest.mark.parametrize("spelling", ["oauth2", "OAuth2", "OAUTH2"])
def test_a_config_is_found_whatever_the_case_of_its_type(spelling: str) -> None:
    assert an_app(OIDC, OAUTH2).config_for(spelling) is OAUTH2


@pytest.mark.parametrize("spelling", ["oidc", "OIDC", "Oidc"])
def test_an_oidc_config_is_found_by_its_own_name(spelling: str) -> None:
    assert an_app(OAUTH2, OIDC).config_for(spelling) is OIDC


def test_oauth2_also_finds_an_apps_only_oidc_config() -> None:
    assert an_app(OIDC).config_for("OAuth2") is OIDC


def test_oauth2_finds_no_oidc_config_where_there_are_two() -> None:
    with pytest.raises(InvalidRequest):
        an_app(OIDC, an_oidc_config(client_id="other")).config_for("oauth2")


def test_oidc_finds_no_oauth2_config() -> None:
    with pytest.raises(InvalidRequest, match="it has: oauth2"):
        an_app(OAUTH2).config_for("oidc")


@pytest.mark.parametrize("app", [an_app(), an_app(OAUTH2, OIDC)])
@pytest.mark.parametrize("auth_type", ["", "apikey", "oauth2 ", "oauth2\n", "\uff4fauth2"])
def test_an_auth_type_that_the_app_has_not_is_the_callers_fault(app: App, auth_type: str) -> None:
    with pytest.raises(InvalidRequest):
        app.config_for(auth_type)


def test_a_config_that_cannot_work_is_refused_with_its_reason() -> None:
    with pytest.raises(InvalidRequest, match="flowType is unknown"):
        an_app(UNUSABLE).config_for("oauth2")


def test_an_unusable_oidc_config_found_by_oauth2_is_refused_too() -> None:
    unusable = UnusableConfig(type=AuthType.OIDC, data={}, reason="discoveryUrl is missing.")
    with pytest.raises(InvalidRequest, match="discoveryUrl is missing"):
        an_app(unusable).config_for("oauth2")


def test_a_client_begins_with_all_that_its_config_says() -> None:
    config = an_oauth2_config(
        issuer="https://id.example.com",
        refresh_endpoint="https://id.example.com/refresh",
        revocation_endpoint="https://id.example.com/revoke",
        auth_style=AuthStyle.BODY,
        pkce=PkceMethod.NONE,
        additional_authorize_parameters={"audience": "a"},
        additional_token_parameters={"audience": "b"},
    )
    client = config.client()
    said = {name: value for name, value in attrs.asdict(config).items() if name != "scopes"}
    assert attrs.asdict(client) == attrs.asdict(an_oauth_client()) | said


def test_each_config_has_a_secret_of_its_own() -> None:
    assert len({secret_name(auth_type) for auth_type in AuthType}) == len(AuthType)
