"""Token requests without a browser (RFC 6749 §4.3.2, §4.4.2)."""

from typing import Any

import attrs
import pytest

from domain.auth_configs import DirectGrantConfig, FlowType
from domain.direct_grants import LEARNT_AUTH_STYLE, direct_client, direct_request
from domain.oauth.client import AuthStyle
from domain.secret import Secret

CONFIG = DirectGrantConfig(
    flow_type=FlowType.CLIENT_CREDENTIALS,
    token_endpoint="https://id.example/token",
    scopes={"read": "", "write": ""},
    additional_token_parameters={"audience": "api"},
)


def document(**values: str) -> dict[str, Secret]:
    return {name: Secret(value) for name, value in {"clientId": "c", "clientSecret": "s", **values}.items()}


def form_of(config: DirectGrantConfig, **values: str) -> dict[str, str]:
    kept = document(**values)
    request = direct_request(config, direct_client(config, kept), kept)
    assert (request.method, request.url) == ("POST", CONFIG.token_endpoint)
    return {name: value.reveal() for name, value in (request.form or {}).items()}


def test_client_credentials_are_asked_for_with_the_configs_scopes() -> None:
    assert form_of(CONFIG) == {"grant_type": "client_credentials", "scope": "read write", "audience": "api"}


def test_an_owners_password_is_in_the_form() -> None:
    config = attrs.evolve(CONFIG, flow_type=FlowType.RESOURCE_OWNER_PASSWORD, scopes={})
    assert form_of(config, username="u", password="p") == {
        "grant_type": "password",
        "username": "u",
        "password": "p",
        "audience": "api",
    }


def test_the_connections_own_members_come_before_the_apps_and_override_none_of_the_grants() -> None:
    form = form_of(CONFIG, additionalParameters="audience=mine&resource=a%20b&empty=&grant_type=x&scope=y")
    assert form["audience"] == "mine"
    assert (form["resource"], form["empty"]) == ("a b", "")
    assert (form["grant_type"], form["scope"]) == ("client_credentials", "read write")


@pytest.mark.parametrize(
    ("values", "style"),
    [
        ({}, AuthStyle.AUTO),
        ({"authStyle": "body"}, AuthStyle.BODY),
        ({"authStyle": "auto", LEARNT_AUTH_STYLE: "body"}, AuthStyle.BODY),
        ({"authStyle": "header", LEARNT_AUTH_STYLE: "body"}, AuthStyle.HEADER),
    ],
)
def test_a_style_that_was_learnt_counts_where_the_form_left_it_open(values: Any, style: AuthStyle) -> None:
    assert direct_client(CONFIG, document(**values)).auth_style is style
