"""Well-formed values of the domain; each test names only what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.apps import App
from domain.auth_configs import AuthType, OAuth2Config, OidcConfig
from domain.flows import AuthorizationFlow, FlowStatus
from domain.ids import AppId, AttemptId, CallbackId, ConnectionId, CredentialId, FlowId, OrganisationId
from domain.oauth.authorization_code import Callback
from domain.oauth.client import OAuthClient
from domain.oauth.http import ProviderResponse
from domain.secret import Secret
from domain.tokens import TokenGrant

NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
ULID = "01KNZ5Q2M0ABCDEFGHJKMNPQRS"
ANOTHER_ULID = "01KNZ5Q2M0ZZZZZZZZZZZZZZZZ"
ISSUER = "https://id.example.com"
COOKIE = Secret("the-browser's-cookie")


def an_oauth_client(**changes: Any) -> OAuthClient:
    members: dict[str, Any] = {
        "client_id": "client",
        "authorization_endpoint": "https://id.example.com/authorize",
        "token_endpoint": "https://id.example.com/token",
    }
    return OAuthClient(**members | changes)


def a_flow(**changes: Any) -> AuthorizationFlow:
    """A flow of the landing page, started in the browser that has COOKIE."""
    members: dict[str, Any] = {
        "id": FlowId(ULID),
        "organisation_id": OrganisationId("acme"),
        "organisation_name": "Acme",
        "app_id": AppId(ULID),
        "app_organisation_id": OrganisationId("acme"),
        "app_name": "Example",
        "auth_type": AuthType.OAUTH2,
        "name": "Example of Acme",
        "principal_id": ULID,
        "principal_name": "the team's key",
        "relay": False,
        "callback_id": CallbackId(ULID),
        "redirect_uri": f"https://switchboard.example/oauth2/callback/{ULID}",
        "client": an_oauth_client(),
        "scopes": ("read", "write"),
        "connection_id": ConnectionId(ULID),
        "credential_id": CredentialId(ULID),
        "state": Secret("the-state"),
        "ticket": Secret("the-ticket"),
        "code_verifier": Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "status": FlowStatus.STARTED,
        "browser_fingerprint": COOKIE.fingerprint(),
        "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=10),
    }
    return AuthorizationFlow(**members | changes)


def a_callback(**changes: Any) -> Callback:
    members: dict[str, Any] = {"state": Secret("the-state"), "code": Secret("the-code")}
    return Callback(**members | changes)


def a_grant(**changes: Any) -> TokenGrant:
    members: dict[str, Any] = {
        "access_token": Secret("the-access-token"),
        "token_type": "Bearer",
        "obtained_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
        "refresh_token": Secret("the-refresh-token"),
        "scope": "read write",
        "attempt": AttemptId(ULID),
    }
    return TokenGrant(**members | changes)


def an_app(*configs: Any, **changes: Any) -> App:
    members: dict[str, Any] = {
        "id": AppId(ULID),
        "organisation_id": OrganisationId("acme"),
        "callback_id": CallbackId(ULID),
        "name": "Example",
        "server_name": "Example",
        "server_url": "https://api.example.com",
        "configs": configs,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return App(**members | changes)


def an_oauth2_config(**changes: Any) -> OAuth2Config:
    members: dict[str, Any] = {
        "authorization_endpoint": "https://id.example.com/authorize",
        "token_endpoint": "https://id.example.com/token",
        "client_id": "client",
    }
    return OAuth2Config(**members | changes)


def an_oidc_config(**changes: Any) -> OidcConfig:
    members: dict[str, Any] = {"discovery_url": ISSUER, "client_id": "client"}
    return OidcConfig(**members | changes)


def an_answer(body: str, *, status: int = 200, content_type: str = "application/json") -> ProviderResponse:
    return ProviderResponse(status=status, content_type=content_type, body=Secret(body))
