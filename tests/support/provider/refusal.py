"""Every way the provider says no, and the one word by which the ledger remembers what was wrong."""

from typing import Literal

Wrong = Literal[
    "authentication_method",
    "client_secret",
    "client_unknown",
    "code_challenge",
    "code_expired",
    "code_of_another_client",
    "code_reused",
    "code_unknown",
    "code_verifier",
    "consent_unknown",
    "content_type",
    "grant_revoked",
    "grant_type",
    "malformed_body",
    "malformed_header",
    "parameter_missing",
    "password",
    "prompt",
    "redirect_uri",
    "refresh_token_of_another_client",
    "refresh_token_reused",
    "refresh_token_unknown",
    "repeated_parameter",
    "request_object",
    "response_mode",
    "response_type",
    "scope",
    "secret_in_url",
    "token_of_another_client",
    "two_authentication_methods",
    "url_parameters",
]


class Refusal(Exception):
    """The request is refused with an OAuth error code (RFC 6749 §4.1.2.1, §5.2)."""

    def __init__(self, error: str, wrong: Wrong, *, status: int = 400) -> None:
        super().__init__(f"{error}: {wrong}")
        self.error = error
        self.wrong = wrong
        self.status = status


def invalid_client(wrong: Wrong) -> Refusal:
    return Refusal("invalid_client", wrong, status=401)


def invalid_grant(wrong: Wrong) -> Refusal:
    return Refusal("invalid_grant", wrong)


def invalid_request(wrong: Wrong) -> Refusal:
    return Refusal("invalid_request", wrong)
