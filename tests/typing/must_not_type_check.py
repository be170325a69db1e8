"""What mypy must refuse: each ignore below is needed, or mypy's ``warn_unused_ignores`` says so.

Only what was judged goes on; whoever loosens a type that guarantees it learns of it here.
"""

from domain.credentials import CredentialType
from domain.granted_credentials import type_of
from domain.oauth.authorization_code import AuthorizationGrant, Callback, Refusal, token_request
from domain.oauth.client import OAuthClient
from domain.oauth.http import ProviderRequest
from domain.oauth.refresh_token import refresh_request
from domain.oauth.words import error_code
from domain.secret import Secret
from domain.tokens import TokenGrant, Unusable


def exchange_what_nobody_judged(client: OAuthClient, callback: Callback) -> ProviderRequest:
    return token_request(client, None, callback, redirect_uri="https://switchboard.example")  # type: ignore[arg-type]


def exchange_what_was_refused(client: OAuthClient, answer: AuthorizationGrant | Refusal) -> ProviderRequest:
    return token_request(client, None, answer, redirect_uri="https://switchboard.example")  # type: ignore[arg-type]


def make_a_credential_of_what_is_unusable(grant: TokenGrant | Unusable) -> CredentialType:
    return type_of(grant)  # type: ignore[arg-type]


def refresh_without_a_refresh_token(client: OAuthClient, grant: TokenGrant) -> ProviderRequest:
    return refresh_request(client, None, grant.refresh_token)  # type: ignore[arg-type]


def print_a_secret_as_if_it_were_text(secret: Secret) -> str:
    return error_code(secret)  # type: ignore[arg-type]
