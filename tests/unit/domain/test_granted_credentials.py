from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credential_data import decoded
from domain.credentials import (
    NEVER_RETURNED,
    BasicAuth,
    CredentialData,
    CredentialType,
    Default,
    OAuth2Refresh,
    Raw,
    errors_of,
    members_of,
)
from domain.errors import FieldError
from domain.granted_credentials import data_of, expiry_of, type_of
from domain.oauth.client import AuthStyle
from domain.secret import Secret
from domain.tokens import Unusable
from tests.unit.domain.examples import NOW, a_grant, an_oauth_client

UNUSABLE = Unusable((FieldError("access_token", "is missing from the stored grant"),))
LASTING = a_grant()
PASSING = a_grant(refresh_token=None)

secrets = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=12).map(Secret)
data = st.one_of(
    st.builds(Raw, secrets),
    st.builds(BasicAuth, username=st.just("u"), password=secrets),
    st.builds(
        OAuth2Refresh,
        client_id=st.just("id"),
        client_secret=st.none() | secrets,
        token_url=st.just("https://t"),
        refresh_token=secrets,
        auth_style=st.sampled_from(AuthStyle),
    ),
    st.just(UNUSABLE),
)
TYPES = {
    Raw: CredentialType.RAW,
    BasicAuth: CredentialType.BASIC_AUTH,
    OAuth2Refresh: CredentialType.OAUTH2_REFRESH,
    Unusable: CredentialType.RAW,
}


def secrets_of(held: CredentialData) -> list[str]:
    match held:
        case Raw():
            return [held.raw.reveal()]
        case BasicAuth():
            return [held.password.reveal()]
        case OAuth2Refresh():
            kept = (held.client_secret, held.refresh_token)
            return [secret.reveal() for secret in kept if secret is not None]
        case _:
            return []


def texts(held: CredentialData) -> dict[str, str | None]:
    return {name: decoded(value) for name, value in members_of(held).items()}


@given(held=data)
def test_what_a_type_never_returns_is_all_that_is_secret_in_it(held: CredentialData) -> None:
    hidden = NEVER_RETURNED[TYPES[type(held)]]
    shown = {name: text for name, text in texts(held).items() if name not in hidden}
    assert not set(secrets_of(held)) & set(shown.values())
    assert set(secrets_of(held)) == {text for name, text in texts(held).items() if name in hidden}


@given(held=data)
def test_data_that_is_printed_tells_no_secret(held: CredentialData) -> None:
    assert all(secret not in repr(held) for secret in secrets_of(held))


def test_an_oauth2refresh_has_the_apis_names() -> None:
    held = data_of(LASTING, an_oauth_client(auth_style=AuthStyle.BODY), client_secret=Secret("the-secret"))
    assert texts(held) == {
        "clientID": "client",
        "clientSecret": "the-secret",
        "tokenURL": "https://id.example.com/token",
        "refreshToken": "the-refresh-token",
        "authStyle": "body",
    }


def test_what_is_unusable_has_no_members_and_a_default_its_own() -> None:
    assert members_of(UNUSABLE) == {}
    assert members_of(Default({"a": Secret("YQ==")})) == {"a": Secret("YQ==")}


def test_a_grant_with_a_refresh_token_becomes_an_oauth2refresh() -> None:
    held = data_of(LASTING, an_oauth_client(), client_secret=Secret("the-secret"))
    assert type_of(LASTING) is CredentialType.OAUTH2_REFRESH
    assert held == OAuth2Refresh(
        client_id="client",
        client_secret=Secret("the-secret"),
        token_url="https://id.example.com/token",
        refresh_token=Secret("the-refresh-token"),
        auth_style=AuthStyle.AUTO,
    )


def test_a_grant_without_one_becomes_a_raw_of_its_access_token() -> None:
    assert type_of(PASSING) is CredentialType.RAW
    assert data_of(PASSING, an_oauth_client(), client_secret=None) == Raw(Secret("the-access-token"))


def test_a_raw_ends_with_its_token_and_an_oauth2refresh_does_not() -> None:
    assert expiry_of(PASSING) == NOW + timedelta(hours=1)
    assert expiry_of(LASTING) is None
    assert expiry_of(a_grant(refresh_token=None, expires_at=None)) is None


def test_the_token_url_is_where_a_refresh_goes() -> None:
    client = an_oauth_client(refresh_endpoint="https://id.example.com/refresh")
    held = data_of(LASTING, client, client_secret=None)
    assert isinstance(held, OAuth2Refresh)
    assert held.token_url == "https://id.example.com/refresh"


@pytest.mark.parametrize("style", [AuthStyle.HEADER, AuthStyle.BODY])
def test_a_client_that_needs_its_secret_is_unusable_without(style: AuthStyle) -> None:
    held = data_of(LASTING, an_oauth_client(auth_style=style), client_secret=None)
    assert isinstance(held, Unusable)
    assert [error.field for error in errors_of(held)] == ["clientSecret"]


@pytest.mark.parametrize("style", [AuthStyle.AUTO, AuthStyle.NONE])
def test_a_public_client_needs_none(style: AuthStyle) -> None:
    held = data_of(LASTING, an_oauth_client(auth_style=style), client_secret=None)
    assert errors_of(held) == ()


def test_from_a_malformed_document_no_credential_is_made() -> None:
    assert data_of(UNUSABLE, an_oauth_client(), client_secret=Secret("the-secret")) is UNUSABLE
    assert errors_of(UNUSABLE) == UNUSABLE.errors
