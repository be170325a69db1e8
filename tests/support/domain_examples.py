"""Values of the domain as tests need them: whole, each with identifiers and secrets of its own; name what matters."""

import secrets
from datetime import UTC, datetime
from typing import Any, TypeVar

import attrs

from domain.access import ApiKey, Organisation, Role
from domain.apps import App
from domain.auth_configs import AuthType, OAuth2Config
from domain.connections import Connection, ConnectionStatus
from domain.credentials import CredentialType
from domain.flows import AuthorizationFlow, FlowStatus
from domain.ids import (
    ApiKeyId,
    AppId,
    AttemptId,
    CallbackId,
    ConnectionId,
    CredentialId,
    FlowId,
    OrganisationId,
    SigningKeyId,
    Ulid,
)
from domain.jwt import Algorithm, Jwk
from domain.ports import NewConnection
from domain.secret import Secret
from domain.signing_keys import SigningKey
from domain.tokens import TokenGrant

SomeUlid = TypeVar("SomeUlid", bound=Ulid)

LONG_AGO = datetime(2020, 2, 20, 20, 20, 20, 123456, tzinfo=UTC)
"""A time that no clock of a test run tells."""


def an_id(kind: type[SomeUlid]) -> SomeUlid:
    """A new identifier; later ones sort later, to the millisecond."""
    return kind.of(datetime.now(UTC), randomness=secrets.token_bytes(10))


def a_secret() -> Secret:
    """256 random bits."""
    return Secret(secrets.token_urlsafe(32))


def an_organisation(**members: Any) -> Organisation:
    return attrs.evolve(
        Organisation(id=OrganisationId(f"org-{secrets.token_hex(8)}"), name="Acme, Inc.", created_at=LONG_AGO),
        **members,
    )


def an_api_key(organisation: Organisation | None, **members: Any) -> ApiKey:
    """An owner's key, or without an organisation a platform administrator's."""
    return attrs.evolve(
        ApiKey(
            id=an_id(ApiKeyId),
            organisation_id=None if organisation is None else organisation.id,
            name="The key of a test",
            roles=frozenset({Role.PLATFORM_ADMIN if organisation is None else Role.OWNER}),
            prefix="sb_test_",
            fingerprint=a_secret().fingerprint(),
            created_at=LONG_AGO,
        ),
        **members,
    )


def a_signing_key(organisation: Organisation, **members: Any) -> SigningKey:
    """RFC 8037, appendix A.2: everybody has its private half."""
    jwk = Jwk({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    return attrs.evolve(
        SigningKey(
            id=an_id(SigningKeyId),
            organisation_id=organisation.id,
            name="The signing key of a test",
            algorithm=Algorithm.EDDSA,
            jwk=jwk,
            created_at=LONG_AGO,
        ),
        **members,
    )


def an_oauth2_config(**members: Any) -> OAuth2Config:
    return attrs.evolve(
        OAuth2Config(
            authorization_endpoint="https://provider.example/authorize",
            token_endpoint="https://provider.example/token",
            client_id="client-of-acme",
            scopes={"read": "Read everything", "a": "One that sorts first"},
        ),
        **members,
    )


def an_app(organisation: Organisation, **members: Any) -> App:
    """An app with one usable ``oauth2`` config, finished on our landing page."""
    return attrs.evolve(
        App(
            id=an_id(AppId),
            organisation_id=organisation.id,
            callback_id=an_id(CallbackId),
            name="Provider for Acme",
            server_name="Provider",
            server_url="https://provider.example",
            configs=(an_oauth2_config(),),
            created_at=LONG_AGO,
            updated_at=LONG_AGO,
        ),
        **members,
    )


def a_flow(organisation: Organisation, app: App, **members: Any) -> AuthorizationFlow:
    """A waiting flow through the start page, as it is handed to the store."""
    return attrs.evolve(
        AuthorizationFlow(
            id=an_id(FlowId),
            organisation_id=organisation.id,
            organisation_name=organisation.name,
            app_id=app.id,
            app_organisation_id=app.organisation_id,
            app_name=app.name,
            auth_type=AuthType.OAUTH2,
            name="The mailbox of sales",
            principal_id=an_id(ApiKeyId),
            principal_name="The key of a test",
            relay=False,
            callback_id=app.callback_id,
            redirect_uri=f"https://switchboard.example/oauth2/callback/{app.callback_id}",
            client=an_oauth2_config().client(),
            scopes=("read", "a"),
            additional_parameters={"z": "first", "a": "second"},
            return_url="https://acme.example/connected",
            connection_id=an_id(ConnectionId),
            credential_id=an_id(CredentialId),
            state=a_secret(),
            ticket=a_secret(),
            code_verifier=a_secret(),
            status=FlowStatus.WAITING,
            created_at=LONG_AGO,
            expires_at=LONG_AGO,
        ),
        **members,
    )


def a_relay_flow(organisation: Organisation, app: App, **members: Any) -> AuthorizationFlow:
    """A flow that a team's own front end finishes: at the provider from the beginning, without a ticket."""
    return a_flow(organisation, app, **{"relay": True, "ticket": None, "status": FlowStatus.STARTED, **members})


def a_grant(**members: Any) -> TokenGrant:
    return attrs.evolve(
        TokenGrant(
            access_token=a_secret(),
            token_type="Bearer",
            obtained_at=LONG_AGO,
            expires_at=LONG_AGO,
            refresh_token=a_secret(),
            scope="read a",
            attempt=an_id(AttemptId),
        ),
        **members,
    )


def a_connection(flow: AuthorizationFlow, **members: Any) -> Connection:
    """What the flow makes, under the identifiers that it allotted."""
    return attrs.evolve(
        Connection(
            id=flow.connection_id,
            organisation_id=flow.organisation_id,
            app_id=flow.app_id,
            app_organisation_id=flow.app_organisation_id,
            name=flow.name,
            auth_type=flow.auth_type,
            credential_id=flow.credential_id,
            made_with=flow.client,
            status=ConnectionStatus.ACTIVE,
            scopes=flow.scopes,
            token_expires_at=LONG_AGO,
            secret_version=1,
            created_at=LONG_AGO,
            updated_at=LONG_AGO,
        ),
        **members,
    )


def a_new_connection(flow: AuthorizationFlow, **members: Any) -> NewConnection:
    return attrs.evolve(
        NewConnection(
            connection=a_connection(flow), credential_type=CredentialType.OAUTH2_REFRESH, credential_expires_at=None
        ),
        **members,
    )
