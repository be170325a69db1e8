"""The authorisation request, judged (RFC 6749 §4.1.1, RFC 7636 §4.3), and the address that carries the answer."""

import re
from urllib.parse import urlencode

import attrs

from tests.support.provider.behaviour import Behaviour
from tests.support.provider.clients import Clients, ProviderClient
from tests.support.provider.forms import Parameters, required
from tests.support.provider.refusal import Refusal, invalid_request

WRONG_ISSUER = "https://honest.example"

_S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@attrs.frozen
class AuthorizationRequest:
    """What the resource owner is asked for."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str | None
    nonce: str | None
    code_challenge: str | None


def find_client(parameters: Parameters, clients: Clients) -> ProviderClient:
    """The client, if it may be answered. A Refusal from here is shown to the user and redirected nowhere (§4.1.2.1)."""
    client = clients.find(required(parameters, "client_id"))
    if client is None:
        raise invalid_request("client_unknown")
    if required(parameters, "redirect_uri") not in client.redirect_uris:
        raise invalid_request("redirect_uri")
    return client


def read_authorization_request(parameters: Parameters, client: ProviderClient) -> AuthorizationRequest:
    """Judge the rest. A Refusal from here is an answer to the client."""
    if required(parameters, "response_type") != "code":
        raise Refusal("unsupported_response_type", "response_type")
    if parameters.get("response_mode", "query") != "query":
        raise invalid_request("response_mode")
    for name in ("request", "request_uri"):
        if name in parameters:
            raise Refusal(f"{name}_not_supported", "request_object")
    if parameters.get("prompt") == "none":
        raise Refusal("interaction_required", "prompt")
    scope = parameters.get("scope", " ".join(client.scopes))
    if not set(scope.split(" ")) <= set(client.scopes):
        raise Refusal("invalid_scope", "scope")
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=parameters["redirect_uri"],
        scope=scope,
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        code_challenge=_code_challenge(parameters, client),
    )


def answer_url(issuer: str, behaviour: Behaviour, parameters: Parameters, **answer: str | None) -> str:
    """Where the user agent goes with the answer: its members, the request's state, and `iss` as the script has it."""
    issuers = {"right": [issuer], "wrong": [WRONG_ISSUER], "absent": [], "twice": [issuer, issuer]}[behaviour.iss]
    members = [(name, value) for name, value in answer.items() if value is not None]
    members += [("state", parameters["state"])] if "state" in parameters else []
    members += [("iss", value) for value in issuers]
    redirect_uri = parameters["redirect_uri"]
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(members)}"


def _code_challenge(parameters: Parameters, client: ProviderClient) -> str | None:
    challenge = parameters.get("code_challenge")
    if challenge is None and not client.pkce_required and "code_challenge_method" not in parameters:
        return None
    if challenge is None or parameters.get("code_challenge_method") != "S256":
        raise invalid_request("code_challenge")
    if not _S256_CHALLENGE.fullmatch(challenge):
        raise invalid_request("code_challenge")
    return challenge
