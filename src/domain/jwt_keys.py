"""A JWK Set (RFC 7517 §5) and where an issuer says that it is: ask, judge. Keys that we cannot use are passed over."""

from domain.errors import ProviderProtocolError, ProviderUnavailable
from domain.jwt import Jwk
from domain.oauth.body import read_object
from domain.oauth.http import Method, ProviderRequest, ProviderResponse
from domain.secret import Secret

_MOST_KEYS = 100
_FETCHED = 200


def jwks_request(uri: str) -> ProviderRequest:
    return ProviderRequest(
        method=Method.GET, url=uri, headers={"Accept": Secret("application/jwk-set+json, application/json")}
    )


def read_jwks(response: ProviderResponse) -> tuple[Jwk, ...]:
    """The public keys of the set. Raises ProviderUnavailable, ProviderProtocolError."""
    keys = _members(response).get("keys")
    if not isinstance(keys, list) or len(keys) > _MOST_KEYS:
        raise ProviderProtocolError("The issuer's keys are no JWK Set of at most 100.")
    # A private key that somebody published is no key that only they have.
    return tuple(Jwk(key) for key in keys if isinstance(key, dict) and not {"d", "k"} & key.keys())


def read_jwks_uri(response: ProviderResponse, *, issuer: str) -> str:
    """``jwks_uri`` of a discovery document. Raises ProviderUnavailable, ProviderProtocolError.

    OpenID Connect Discovery §4.3: the document's issuer MUST be the one that its address was made from.
    """
    members = _members(response)
    uri = members.get("jwks_uri")
    if members.get("issuer") != issuer:
        raise ProviderProtocolError("The discovery document's issuer is another one.")
    if not isinstance(uri, str) or (issuer.startswith("https:") and not uri.startswith("https:")):
        raise ProviderProtocolError("The discovery document's jwks_uri is no https address.")
    return uri


def _members(response: ProviderResponse) -> dict[str, object]:
    if response.status != _FETCHED:
        raise ProviderUnavailable(f"The issuer answered {response.status}.")
    return dict(read_object(response))
