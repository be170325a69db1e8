"""Client authentication by exactly the method that the client is registered with (RFC 6749 §2.3, RFC 7591 §2)."""

import base64
import binascii
import re
import secrets
from urllib.parse import unquote_plus

import attrs

from tests.support.provider.clients import AuthenticationMethod, ProviderClient
from tests.support.provider.forms import Parameters
from tests.support.provider.refusal import invalid_client, invalid_request

# RFC 6749 §2.3.1, appendix B: identifier and secret are form-urlencoded first, so nothing else can stand there.
_FORM_URLENCODED = re.compile(r"(?:[A-Za-z0-9*._~+-]|%[0-9A-Fa-f]{2})*")


@attrs.frozen
class ClientCredentials:
    """What the client showed, before anybody believes it."""

    method: AuthenticationMethod
    client_id: str
    client_secret: str | None = attrs.field(default=None, repr=False)


def read_credentials(authorization: str | None, form: Parameters) -> ClientCredentials:
    """See which method was used. Two at once are refused (RFC 6749 §2.3)."""
    if authorization is not None and "client_secret" in form:
        raise invalid_request("two_authentication_methods")
    if authorization is not None:
        return _read_basic(authorization, form)
    if "client_id" not in form:
        raise invalid_client("client_unknown")
    if "client_secret" in form:
        return ClientCredentials("client_secret_post", form["client_id"], form["client_secret"])
    return ClientCredentials("none", form["client_id"])


def authenticate(credentials: ClientCredentials, client: ProviderClient | None) -> ProviderClient:
    """The client, if it is the one it says."""
    if client is None:
        raise invalid_client("client_unknown")
    if credentials.method != client.authentication:
        raise invalid_client("authentication_method")
    shown, kept = (credentials.client_secret or "").encode(), (client.client_secret or "").encode()
    if not secrets.compare_digest(shown, kept):
        raise invalid_client("client_secret")
    return client


def _read_basic(authorization: str, form: Parameters) -> ClientCredentials:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise invalid_client("authentication_method")
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid_client("malformed_header") from error
    if not colon or not _FORM_URLENCODED.fullmatch(client_id) or not _FORM_URLENCODED.fullmatch(secret):
        raise invalid_client("malformed_header")
    credentials = ClientCredentials("client_secret_basic", unquote_plus(client_id), unquote_plus(secret))
    # §3.2.1 lets a client name itself in the body too; it had better be the same one.
    if form.get("client_id", credentials.client_id) != credentials.client_id:
        raise invalid_request("two_authentication_methods")
    return credentials
