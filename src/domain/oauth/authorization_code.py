"""The authorization code grant (RFC 6749 §4.1) with PKCE (RFC 7636) and issuer identification (RFC 9207).

authorization_url → the browser's way to the provider and back → accept_callback → token_request.
Each step takes what the step before returned: a code that was not judged cannot be exchanged.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

import attrs

from domain.errors import FlowLapsed, InvalidState, ProviderProtocolError
from domain.flows import AuthorizationFlow, ByBrowser, FlowStatus, Presenter
from domain.oauth import words
from domain.oauth.client import OAuthClient, PkceMethod
from domain.oauth.client_authentication import authenticated
from domain.oauth.http import ProviderRequest
from domain.oauth.parameters import unreserved
from domain.oauth.pkce import code_challenge
from domain.secret import Secret

AUTHORIZE_RESERVED = frozenset(
    {
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "request",
        "request_uri",
        "response_mode",
        "response_type",
        "scope",
        "state",
    }
)
"""What neither an app nor a caller may set: a flow's safety rests on them."""

TOKEN_RESERVED = frozenset(
    {
        "client_assertion",
        "client_assertion_type",
        "client_id",
        "client_secret",
        "code",
        "code_verifier",
        "grant_type",
        "redirect_uri",
        "refresh_token",
    }
)


@attrs.frozen(kw_only=True)
class Callback:
    """What the provider sent back through the browser (RFC 6749 §4.1.2), parsed but not judged."""

    state: Secret
    code: Secret | None = None
    error: str | None = None
    error_description: str | None = None
    issuer: str | None = None

    def secrets(self) -> tuple[Secret, ...]:
        """What the provider's words must not repeat."""
        return (self.state,) if self.code is None else (self.state, self.code)

    def fingerprint(self) -> str:
        """Tells the same answer when it comes again; worthless without ``state``."""
        answer = f"error:{self.error}" if self.code is None or self.error is not None else f"code:{self.code.reveal()}"
        return self.state.derive("switchboard callback answer", message=answer)


@attrs.frozen(kw_only=True)
class AuthorizationGrant:
    """A code that was judged: it came to the right place, from the right browser or principal and issuer."""

    code: Secret
    code_verifier: Secret | None
    fingerprint: str


@attrs.frozen(kw_only=True)
class Refusal:
    """The provider's or the user's no: an answer too, that ends the flow."""

    error: str
    description: str | None
    fingerprint: str


def authorization_url(flow: AuthorizationFlow, *, prompt: str | None = None) -> Secret:
    """The address at the provider to which the browser goes (RFC 6749 §4.1.1); secret, for it holds ``state``.

    A query that the endpoint has is kept (§3.1). ``prompt`` (OpenID Connect Core §3.1.2.1) goes before the app's own.
    """
    if flow.state is None or flow.code_verifier is None:
        raise InvalidState
    client = flow.client
    endpoint = urlsplit(client.authorization_endpoint)
    kept = parse_qsl(endpoint.query, keep_blank_values=True)  # in pairs: RFC 8707 §2 repeats `resource`
    optional = dict(client.additional_authorize_parameters) | dict(flow.additional_parameters)
    if "offline_access" in flow.scopes and "prompt" not in dict(kept):
        optional.setdefault("prompt", "consent")  # OpenID Connect Core §11: else no refresh token may come
    if prompt is not None:
        optional["prompt"] = prompt
    ours = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": flow.redirect_uri,
        "scope": " ".join(flow.scopes) or None,
        "state": flow.state.reveal(),
        "nonce": flow.nonce(),
    }
    if client.pkce is PkceMethod.S256:
        ours |= {"code_challenge": code_challenge(flow.code_verifier), "code_challenge_method": "S256"}
    others = [*(pair for pair in kept if pair[0] not in optional), *optional.items()]
    members = unreserved(others, AUTHORIZE_RESERVED)
    members += [(name, value) for name, value in ours.items() if value is not None]
    return Secret(endpoint._replace(query=urlencode(members), fragment="").geturl())


def accept_callback(flow: AuthorizationFlow, callback: Callback, presenter: Presenter) -> AuthorizationGrant | Refusal:
    """Turn a provider's redirect into a grant or its refusal, or say why it is not an answer to this flow.

    Raises InvalidState for anybody but the flow's own browser or principal, and once the flow has lapsed (FlowLapsed
    to its browser); ProviderProtocolError for a wrong or missing issuer, and for an answer without code and error.
    What is raised here uses nothing up: the flow stays as it is.
    """
    if not flow.is_bound_to(presenter):
        raise InvalidState
    if flow.status is FlowStatus.LAPSED:
        raise FlowLapsed if isinstance(presenter, ByBrowser) else InvalidState
    # RFC 9207 §2.4: the issuer comes before anything else in the answer, `error` included.
    # Most providers send none, and may: absence counts only where their metadata promises it.
    # No issuer known: nothing to compare with; the app's own callback address stands in for it.
    if not _issuer_fits(flow.client, callback.issuer):
        raise ProviderProtocolError("The answer came from another issuer than the app's. Check the app's issuer.")
    if callback.error is not None:  # with a code beside it, too: the error wins, and nothing is exchanged
        return Refusal(
            error=words.error_code(callback.error),
            description=words.description(callback.error_description),
            fingerprint=callback.fingerprint(),
        )
    if callback.code is None:
        raise ProviderProtocolError("The provider's answer has neither code nor error. Start the connection again.")
    return AuthorizationGrant(code=callback.code, code_verifier=flow.code_verifier, fingerprint=callback.fingerprint())


def token_request(
    client: OAuthClient, client_secret: Secret | None, grant: AuthorizationGrant, *, redirect_uri: str
) -> ProviderRequest:
    """The request that exchanges the code (RFC 6749 §4.1.3, RFC 7636 §4.5), authenticated in the client's style.

    Raises InvalidState for a code whose verifier is gone: its flow was claimed before.
    """
    form = {
        "grant_type": Secret("authorization_code"),
        "code": grant.code,
        "redirect_uri": Secret(redirect_uri),  # byte for byte what the authorization request had
    }
    if client.pkce is PkceMethod.S256:
        if grant.code_verifier is None:
            raise InvalidState
        form["code_verifier"] = grant.code_verifier
    return authenticated(client, client_secret, url=client.token_endpoint, form=additional(client) | form)


def additional(client: OAuthClient) -> dict[str, Secret]:
    """The app's own members of a token request, which override none of the grant's."""
    allowed = unreserved(client.additional_token_parameters.items(), TOKEN_RESERVED)
    return {name: Secret(value) for name, value in allowed}


def _issuer_fits(client: OAuthClient, issuer: str | None) -> bool:
    if client.issuer is None:
        return True
    if issuer is None:
        return not client.promises_issuer
    return issuer == client.issuer  # simple string comparison (RFC 3986 §6.2.1)
