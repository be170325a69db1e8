import base64
import re
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidState
from domain.oauth.authorization_code import TOKEN_RESERVED, AuthorizationGrant, token_request
from domain.oauth.client import AuthStyle, PkceMethod
from domain.oauth.http import Method, ProviderRequest
from domain.oauth.refresh_token import refresh_request
from domain.secret import Secret
from tests.unit.domain.examples import an_oauth_client

AWKWARD = "s:ecret%+ \u00e9&=~*/"
REDIRECT_URI = "https://switchboard.example/oauth2/callback/01?x=%2F&y"
GRANT = AuthorizationGrant(code=Secret("the-code"), code_verifier=Secret("v" * 43), fingerprint="0" * 64)


def revealed(request: ProviderRequest) -> dict[str, str]:
    assert request.form is not None
    return {name: value.reveal() for name, value in request.form.items()}


def pair_in(request: ProviderRequest) -> tuple[str, str]:
    """Client id and secret as a server reads them from the header (RFC 6749 §2.3.1)."""
    scheme, encoded = request.headers["Authorization"].reveal().split(" ")
    assert scheme == "Basic"
    identifier, secret = base64.b64decode(encoded, validate=True).decode("ascii").split(":")
    return unquote_plus(identifier), unquote_plus(secret)


def requested(secret: str | None = None, **changes: Any) -> ProviderRequest:
    client_secret = None if secret is None else Secret(secret)
    return token_request(an_oauth_client(**changes), client_secret, GRANT, redirect_uri=REDIRECT_URI)


def test_rfc6749_4_1_3_the_request_has_the_codes_members() -> None:
    request = requested()
    assert (request.method, request.url) == (Method.POST, "https://id.example.com/token")
    assert revealed(request) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": REDIRECT_URI,
        "code_verifier": "v" * 43,
        "client_id": "client",
    }


def test_json_is_asked_for() -> None:
    assert requested().headers["Accept"] == Secret("application/json")


def test_rfc7636_4_5_a_client_without_pkce_sends_no_verifier() -> None:
    assert "code_verifier" not in revealed(requested(pkce=PkceMethod.NONE))


def test_rfc7636_4_5_a_code_that_was_asked_for_with_pkce_is_not_exchanged_without() -> None:
    spent = AuthorizationGrant(code=Secret("the-code"), code_verifier=None, fingerprint="0" * 64)
    with pytest.raises(InvalidState):
        token_request(an_oauth_client(), None, spent, redirect_uri=REDIRECT_URI)


def test_rfc6749_2_3_1_id_and_secret_are_form_encoded_before_they_are_joined() -> None:
    request = requested(AWKWARD, client_id="id:%+ \u00e9", auth_style=AuthStyle.HEADER)
    assert pair_in(request) == ("id:%+ \u00e9", AWKWARD)


def test_rfc6749_2_3_1_the_encoding_is_the_forms_own() -> None:
    request = requested(":%+ \u00e9", client_id="client", auth_style=AuthStyle.HEADER)
    encoded = request.headers["Authorization"].reveal().removeprefix("Basic ")
    assert base64.b64decode(encoded) == b"client:%3A%25%2B+%C3%A9"


@given(identifier=st.text(min_size=1), secret=st.text(min_size=1))
def test_whatever_they_hold_the_server_reads_what_was_meant(identifier: str, secret: str) -> None:
    request = requested(secret, client_id=identifier, auth_style=AuthStyle.HEADER)
    assert pair_in(request) == (identifier, secret)


def test_in_the_body_they_stand_as_they_are() -> None:
    request = requested(AWKWARD, client_id="id:%+ \u00e9", auth_style=AuthStyle.BODY)
    form = revealed(request)
    assert (form["client_id"], form["client_secret"]) == ("id:%+ \u00e9", AWKWARD)


@given(
    style=st.sampled_from(AuthStyle),
    methods=st.lists(st.sampled_from(["client_secret_basic", "client_secret_post", "none", "private_key_jwt"])),
    secret=st.none() | st.just(AWKWARD),
)
def test_rfc6749_2_3_a_client_authenticates_by_one_method_at_most(
    style: AuthStyle, methods: list[str], secret: str | None
) -> None:
    request = requested(secret, auth_style=style, auth_methods=tuple(methods))
    form = revealed(request)
    in_header, in_body = "Authorization" in request.headers, "client_secret" in form
    assert not (in_header and in_body)
    assert (in_header or in_body) is (secret is not None and style is not AuthStyle.NONE)
    assert ("client_id" in form) is not in_header  # RFC 6749 §3.2.1: whoever does not authenticate says who it is


@given(secret=st.from_regex(r"[a-z0-9]{12,}", fullmatch=True), style=st.sampled_from(AuthStyle))
def test_rfc6749_2_3_1_no_secret_is_ever_in_the_address(secret: str, style: AuthStyle) -> None:
    request = requested(secret, auth_style=style)
    assert request.url == "https://id.example.com/token"
    assert secret not in repr(request)


def test_the_apps_own_members_are_sent() -> None:
    form = revealed(requested(additional_token_parameters={"audience": "https://api.example.com", "x": ""}))
    assert (form["audience"], form["x"]) == ("https://api.example.com", "")


@given(name=st.sampled_from(sorted(TOKEN_RESERVED)), upper=st.booleans(), style=st.sampled_from(AuthStyle))
def test_the_apps_own_members_override_none_of_the_grants(name: str, style: AuthStyle, *, upper: bool) -> None:
    spelt = name.upper() if upper else name
    request = requested("secret", auth_style=style, additional_token_parameters={spelt: "theirs"})
    assert request == requested("secret", auth_style=style)


@pytest.mark.parametrize("spelt", ["client.secret", " code", "redirect_uri[]", "Grant-Type", "refresh_token\0"])
def test_nor_in_the_spellings_that_a_lenient_provider_takes(spelt: str) -> None:
    assert requested(additional_token_parameters={spelt: "theirs"}) == requested()


def refreshed(secret: str | None = None, **changes: Any) -> ProviderRequest:
    client_secret = None if secret is None else Secret(secret)
    return refresh_request(an_oauth_client(**changes), client_secret, Secret("the-refresh-token"))


def test_rfc6749_6_a_refresh_names_the_token_and_no_scope() -> None:
    request = refreshed()
    assert (request.method, request.url) == (Method.POST, "https://id.example.com/token")
    assert revealed(request) == {
        "grant_type": "refresh_token",
        "refresh_token": "the-refresh-token",
        "client_id": "client",
    }


def test_a_refresh_goes_to_the_refresh_endpoint_where_there_is_one() -> None:
    assert refreshed(refresh_endpoint="https://id.example.com/refresh").url == "https://id.example.com/refresh"


def test_a_refresh_is_authenticated_as_the_exchange_was() -> None:
    assert pair_in(refreshed(AWKWARD, auth_style=AuthStyle.HEADER)) == ("client", AWKWARD)
    assert revealed(refreshed(AWKWARD, auth_style=AuthStyle.BODY))["client_secret"] == AWKWARD


def test_a_refresh_carries_the_apps_own_members_and_none_of_the_grants_in_their_place() -> None:
    request = refreshed(additional_token_parameters={"audience": "a", "refresh_token": "theirs", "code": "x"})
    assert revealed(request) == revealed(refreshed()) | {"audience": "a"}


def test_a_request_that_is_printed_tells_no_secret() -> None:
    shown = repr(requested("the-secret", auth_style=AuthStyle.BODY)) + repr(refreshed("the-secret"))
    assert not re.search(r"the-code|the-secret|the-refresh-token|vvvv", shown)
