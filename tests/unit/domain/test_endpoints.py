"""Whether a change of an app would send a secret elsewhere."""

import pytest

from domain.auth_configs import ApiKeyConfig, Location, UnusableConfig
from domain.endpoints import endpoints_of, leaves_provider, moved_endpoint
from tests.unit.domain.examples import an_oauth2_config, an_oidc_config

HERE = "https://id.example.com"
OAUTH2 = an_oauth2_config(authorization_endpoint=f"{HERE}/authorize", token_endpoint=f"{HERE}/token")


@pytest.mark.parametrize(
    "url", [f"{HERE}/v2", "https://ID.example.com:443/x", "HTTPS://id.example.com/token?x=1", HERE]
)
def test_rfc6454_4_another_address_of_an_origin_is_no_move(url: str) -> None:
    assert (
        moved_endpoint(OAUTH2, an_oauth2_config(authorization_endpoint=f"{HERE}/authorize", token_endpoint=url)) is None
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/token",
        "https://id.example.com.evil.example",
        f"{HERE}:8443/token",
        "http://id.example.com",
    ],
)
def test_another_scheme_host_or_port_is_a_move(url: str) -> None:
    moved = an_oauth2_config(authorization_endpoint=f"{HERE}/authorize", token_endpoint=url)
    assert moved_endpoint(OAUTH2, moved) == "tokenEndpoint"
    broken = UnusableConfig(type="oauth2", data={"tokenEndpoint": url}, reason="clientId is missing.")
    assert moved_endpoint(OAUTH2, broken) == "tokenEndpoint"
    assert moved_endpoint(broken, OAUTH2) is not None


def test_a_new_endpoint_stays_where_the_others_are() -> None:
    members = {"authorization_endpoint": f"{HERE}/authorize", "token_endpoint": f"{HERE}/token"}
    assert moved_endpoint(OAUTH2, an_oauth2_config(**members, revocation_endpoint=f"{HERE}/revoke")) is None
    elsewhere = an_oauth2_config(**members, revocation_endpoint="https://evil.example/revoke")
    assert moved_endpoint(OAUTH2, elsewhere) == "revocationEndpoint"


def test_discovery_moves_too() -> None:
    moved = an_oidc_config(discovery_url="https://evil.example")
    assert moved_endpoint(an_oidc_config(discovery_url=HERE), moved) == "discoveryUrl"


def test_a_config_without_addresses_moves_nowhere() -> None:
    key = ApiKeyConfig(name="k", location=Location.HEADER)
    assert endpoints_of(key) == {}
    assert moved_endpoint(key, key) is None


@pytest.mark.parametrize(
    ("token_endpoint", "leaves"), [(f"{HERE}/token", False), (f"{HERE}/v2", False), ("https://evil.example", True)]
)
def test_c07_a_config_leaves_the_provider_whose_users_it_asks(token_endpoint: str, *, leaves: bool) -> None:
    config = an_oauth2_config(authorization_endpoint=f"{HERE}/authorize", token_endpoint=token_endpoint)
    assert leaves_provider(OAUTH2, config) is leaves


def test_a_client_of_the_same_name_at_another_provider_leaves_nobody() -> None:
    elsewhere = an_oauth2_config(authorization_endpoint="https://b.example/a", token_endpoint="https://b.example/t")
    assert not leaves_provider(OAUTH2, elsewhere)
