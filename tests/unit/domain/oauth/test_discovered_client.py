import pytest

from domain.errors import InvalidRequest, ProviderProtocolError
from domain.oauth.client import AuthStyle, PkceMethod
from domain.oauth.metadata import (
    discovered_client,
)
from tests.unit.domain.examples import ISSUER, an_oidc_config
from tests.unit.domain.oauth.documents import read


def test_a_client_is_discovered_with_all_that_its_config_says() -> None:
    config = an_oidc_config(
        auth_style=AuthStyle.BODY,
        additional_authorize_parameters={"audience": "a"},
        additional_token_parameters={"audience": "b"},
    )
    client = discovered_client(config, read(authorization_response_iss_parameter_supported=True))
    assert (client.client_id, client.auth_style, client.pkce) == ("client", AuthStyle.BODY, PkceMethod.S256)
    assert (client.issuer, client.promises_issuer) == (ISSUER, True)
    assert (client.authorization_endpoint, client.token_endpoint) == (ISSUER + "/authorize", ISSUER + "/token")
    assert client.additional_authorize_parameters == {"audience": "a"}
    assert client.additional_token_parameters == {"audience": "b"}


@pytest.mark.parametrize("listed", [["plain"], ["s256"], ["none"]])
def test_rfc9700_2_1_1_where_s256_is_not_among_those_listed_nothing_falls_back(listed: list[str]) -> None:
    with pytest.raises(InvalidRequest, match="S256"):
        discovered_client(an_oidc_config(), read(code_challenge_methods_supported=listed))


@pytest.mark.parametrize("listed", [None, [], ["S256"], ["plain", "S256"]])
def test_rfc9700_2_1_1_s256_is_used_where_it_is_listed_or_nothing_is(listed: list[str] | None) -> None:
    client = discovered_client(an_oidc_config(), read(code_challenge_methods_supported=listed))
    assert client.pkce is PkceMethod.S256


def test_a_config_that_does_without_pkce_is_not_asked() -> None:
    config = an_oidc_config(pkce=PkceMethod.NONE)
    assert discovered_client(config, read(code_challenge_methods_supported=["plain"])).pkce is PkceMethod.NONE


@pytest.mark.parametrize("issuer", [None, ISSUER])
def test_rfc8414_3_3_the_issuer_that_the_app_names_is_the_documents(issuer: str | None) -> None:
    assert discovered_client(an_oidc_config(issuer=issuer), read()).issuer == ISSUER


@pytest.mark.parametrize("issuer", ["https://evil.example", ISSUER + "/", ISSUER.upper(), ""])
def test_rfc8414_3_3_another_issuer_than_the_app_names_is_refused(issuer: str) -> None:
    with pytest.raises(ProviderProtocolError, match="issuer"):
        discovered_client(an_oidc_config(issuer=issuer), read())
