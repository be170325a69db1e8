"""A provider's metadata (RFC 8414, OpenID Connect Discovery 1.0 §4): ask for the document, judge it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import attrs

from domain.auth_configs import OidcConfig
from domain.errors import InvalidRequest, ProviderProtocolError, ProviderUnavailable
from domain.oauth.body import read_object
from domain.oauth.client import OAuthClient, PkceMethod
from domain.oauth.http import Method, ProviderRequest, ProviderResponse
from domain.secret import Secret
from domain.urls import url_problem

_OIDC = "/.well-known/openid-configuration"
_OAUTH = "/.well-known/oauth-authorization-server"


@attrs.frozen(kw_only=True)
class ProviderMetadata:
    """The members that a flow needs, by their names in RFC 8414 §2."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str | None
    promises_issuer: bool
    auth_methods: tuple[str, ...]
    code_challenge_methods: tuple[str, ...]


def metadata_url(discovery_url: str) -> str:
    """Where the document is: the address itself, or that of the issuer it names."""
    return discovery_url if "/.well-known/" in discovery_url else discovery_url.removesuffix("/") + _OIDC


def metadata_request(discovery_url: str) -> ProviderRequest:
    return ProviderRequest(
        method=Method.GET, url=metadata_url(discovery_url), headers={"Accept": Secret("application/json")}
    )


def read_metadata(response: ProviderResponse, *, discovery_url: str) -> ProviderMetadata:
    """The document, judged. Raises ProviderUnavailable or ProviderProtocolError.

    RFC 8414 §3.3, OpenID Connect Discovery §4.3: the document's issuer MUST be the one that its address was made from.
    """
    if response.status >= 500 or response.status == 429:  # noqa: PLR2004 - HTTP's own numbers
        raise ProviderUnavailable("The provider's discovery document is not to be had now. Try again later.")
    if response.status != 200:  # noqa: PLR2004 - HTTP's own number
        raise ProviderProtocolError(f"The discovery address answered {response.status}. Check the app's discoveryUrl.")
    members = read_object(response)
    issuer = _required(members, "issuer")
    if metadata_url(discovery_url) not in _addresses_of(issuer):
        raise ProviderProtocolError("The discovery document's issuer is another one. Check the app's discoveryUrl.")
    return ProviderMetadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(members, "authorization_endpoint", issuer=issuer),
        token_endpoint=_endpoint(members, "token_endpoint", issuer=issuer),
        revocation_endpoint=_revocation_endpoint(members, issuer=issuer),
        promises_issuer=members.get("authorization_response_iss_parameter_supported") is True,
        auth_methods=_words(members, "token_endpoint_auth_methods_supported"),
        code_challenge_methods=_words(members, "code_challenge_methods_supported"),
    )


def discovered_client(config: OidcConfig, metadata: ProviderMetadata) -> OAuthClient:
    """The client as a flow begins with it.

    Raises ProviderProtocolError for another issuer than the app's, InvalidRequest where PKCE is offered without S256:
    never a silent fall-back (RFC 9700 §2.1.1). Where none are listed S256 is sent all the same: Entra publishes none.
    """
    if config.issuer not in {None, metadata.issuer}:
        raise ProviderProtocolError("The discovery document's issuer is not the app's. Check the app's issuer.")
    offered = metadata.code_challenge_methods
    if config.pkce is PkceMethod.S256 and offered and PkceMethod.S256 not in offered:
        raise InvalidRequest("The provider does not offer PKCE with S256. Set the app's pkce to none to go without.")
    return OAuthClient(
        client_id=config.client_id,
        authorization_endpoint=metadata.authorization_endpoint,
        token_endpoint=metadata.token_endpoint,
        revocation_endpoint=metadata.revocation_endpoint,
        issuer=metadata.issuer,
        promises_issuer=metadata.promises_issuer,
        auth_style=config.auth_style,
        auth_methods=metadata.auth_methods,
        pkce=config.pkce,
        additional_authorize_parameters=config.additional_authorize_parameters,
        additional_token_parameters=config.additional_token_parameters,
        refresh_token_idle_lifetime=config.refresh_token_idle_lifetime,
        refresh_token_absolute_lifetime=config.refresh_token_absolute_lifetime,
    )


def _addresses_of(issuer: str) -> tuple[str, ...]:
    """Where an issuer's document may be: appended (OpenID Connect Discovery §4.1), or inserted (RFC 8414 §3.1).

    Nowhere, for what cannot be an issuer: it has neither query nor fragment (RFC 8414 §2).
    """
    if url_problem(issuer, insecure=True) or "?" in issuer:
        return ()
    parts = urlsplit(issuer)
    path = parts.path.removesuffix("/")
    origin = f"{parts.scheme}://{parts.netloc}"
    return (f"{origin}{path}{_OIDC}", f"{origin}{_OAUTH}{path}", f"{origin}{_OIDC}{path}")


def _required(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise ProviderProtocolError(f"The discovery document has no {name}.")
    return value


def _endpoint(members: Mapping[str, object], name: str, *, issuer: str) -> str:
    """An address no less safe than the issuer's (RFC 6749 §3.1, §3.2: TLS; http where the operator allowed it)."""
    value = _required(members, name)
    if url_problem(value, insecure=not issuer.startswith("https:")):
        raise ProviderProtocolError(f"The discovery document's {name} is no https address.")
    return value


def _revocation_endpoint(members: Mapping[str, object], *, issuer: str) -> str | None:
    """None where there is none that tokens may be sent to: no reason to connect nothing."""
    try:
        return _endpoint(members, "revocation_endpoint", issuer=issuer)
    except ProviderProtocolError:
        return None


def _words(members: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = members.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
