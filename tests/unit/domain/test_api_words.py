"""Words that clients, operators and stored rows rely on, written out once more: to rename one is to break them."""

from enum import StrEnum

import pytest

from domain.access import Role
from domain.apps import secret_name
from domain.auth_configs import AuthType, FlowType, Location
from domain.connections import ConnectionStatus
from domain.credentials import CredentialType
from domain.errors import (
    AlreadyExists,
    AuthorizationDenied,
    CallbackInProgress,
    CallbackUrlTaken,
    FlowInterrupted,
    Forbidden,
    InvalidRequest,
    InvalidState,
    NeedsReauthorization,
    NotFound,
    ProviderError,
    ProviderProtocolError,
    ProviderUnavailable,
    StorageUnavailable,
    SwitchboardError,
    Unauthorized,
)
from domain.flows import FlowStatus
from domain.oauth.client import AuthStyle, PkceMethod
from domain.ports import SecretKind


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Role, "viewer connector issuer editor owner platform-admin"),
        (FlowStatus, "waiting started finishing connected failed interrupted lapsed"),
        (ConnectionStatus, "active needs_reauthorization revoked deleting"),
        (CredentialType, "Default Raw BasicAuth OAuth2Refresh"),
        (AuthType, "oauth2 oidc apikey httpBasicAuth jwtbearer httprefresh"),
        (FlowType, "authorization_code client_credentials resource_owner_password"),
        (Location, "query header cookie"),
        (AuthStyle, "auto header body none"),
        (PkceMethod, "S256 none"),
        (SecretKind, "apps credentials"),
    ],
)
def test_a_word_of_the_api_is_spelt_as_the_api_spells_it(kind: type[StrEnum], words: str) -> None:
    assert [word.value for word in kind] == words.split()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidRequest, "invalid_request"),
        (InvalidState, "invalid_state"),
        (AuthorizationDenied, "authorization_denied"),
        (ProviderError, "provider_error"),
        (ProviderProtocolError, "provider_protocol_error"),
        (ProviderUnavailable, "provider_unavailable"),
        (FlowInterrupted, "flow_interrupted"),
        (CallbackInProgress, "callback_in_progress"),
        (NeedsReauthorization, "needs_reauthorization"),
        (Unauthorized, "unauthorized"),
        (Forbidden, "forbidden"),
        (NotFound, "not_found"),
        (AlreadyExists, "already_exists"),
        (CallbackUrlTaken, "callback_url_taken"),
        (StorageUnavailable, "storage_unavailable"),
    ],
)
def test_an_errors_code_is_the_apis(error: type[SwitchboardError], code: str) -> None:
    assert error.code == code


def test_where_a_client_secret_is_kept_does_not_move() -> None:
    oauth = [secret_name(auth_type) for auth_type in (AuthType.OAUTH2, AuthType.OIDC)]
    assert oauth == ["oauth2.client_secret", "oidc.client_secret"]
    others = [
        secret_name(AuthType.OAUTH2, "password"),
        secret_name(AuthType.HTTP_BASIC_AUTH, "password"),
        secret_name(AuthType.JWT_BEARER, "secret"),
    ]
    assert others == ["oauth2.password", "httpBasicAuth.password", "jwtbearer.secret"]
