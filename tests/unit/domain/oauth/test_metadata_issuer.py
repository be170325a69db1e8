import pytest

from domain.errors import ProviderProtocolError
from domain.oauth.http import Method
from domain.oauth.metadata import (
    metadata_request,
    metadata_url,
)
from domain.secret import Secret
from tests.unit.domain.examples import ISSUER
from tests.unit.domain.oauth.documents import OIDC, TENANT, read


@pytest.mark.parametrize(
    ("discovery_url", "address"),
    [
        (ISSUER, OIDC),
        (ISSUER + "/", OIDC),
        (TENANT, TENANT + "/.well-known/openid-configuration"),
        (TENANT + "/", TENANT + "/.well-known/openid-configuration"),
        (OIDC, OIDC),
        (
            ISSUER + "/.well-known/oauth-authorization-server/tenant",
            ISSUER + "/.well-known/oauth-authorization-server/tenant",
        ),
    ],
)
def test_oidc_discovery_4_1_the_document_is_where_the_issuer_says(discovery_url: str, address: str) -> None:
    assert metadata_url(discovery_url) == address
    request = metadata_request(discovery_url)
    assert (request.method, request.url, request.form) == (Method.GET, address, None)
    assert request.headers == {"Accept": Secret("application/json")}


@pytest.mark.parametrize(
    ("discovery_url", "issuer"),
    [
        (ISSUER, ISSUER),
        (OIDC, ISSUER),
        # Whichever of the two a provider has, a slash at the end makes the same address (Auth0's issuer has one).
        (ISSUER, ISSUER + "/"),
        (ISSUER + "/", ISSUER),
        (OIDC, ISSUER + "/"),
        (TENANT, TENANT),
        (TENANT + "/.well-known/openid-configuration", TENANT),
        (ISSUER + "/.well-known/oauth-authorization-server", ISSUER),
        (ISSUER + "/.well-known/oauth-authorization-server/tenant", TENANT),
        (ISSUER + "/.well-known/openid-configuration/tenant", TENANT),
    ],
)
def test_rfc8414_3_3_the_issuer_from_which_the_address_was_made_is_kept_as_it_is_written(
    discovery_url: str, issuer: str
) -> None:
    assert read(discovery_url, issuer=issuer).issuer == issuer


@pytest.mark.parametrize("discovery_url", [ISSUER, OIDC])
@pytest.mark.parametrize(
    "issuer",
    [
        "https://evil.example",
        TENANT,
        ISSUER + "//",
        ISSUER.replace("https", "http"),
        ISSUER.replace("id.", "ID."),
        ISSUER.upper(),
        ISSUER + ":443",
        ISSUER + ":8443",
        ISSUER + "?tenant=1",  # RFC 8414 §2: an issuer has neither query
        ISSUER + "#x",  # nor fragment
        ISSUER + "?",
        ISSUER + "/.well-known/openid-configuration",
        " " + ISSUER,
        ISSUER + "\n",
        "https://id.exam\tple.com",
        "https://user@id.example.com",
        "https://id.example.com@evil.example",
        "https://[",
        "https://[::1",
        "//id.example.com",
        "id.example.com",
        "\ud800",
    ],
)
def test_rfc8414_3_3_another_issuer_than_the_addresss_is_refused(discovery_url: str, issuer: str) -> None:
    with pytest.raises(ProviderProtocolError, match="issuer"):
        read(discovery_url, issuer=issuer)


def test_rfc8414_3_1_the_issuer_of_another_path_is_another_issuer() -> None:
    with pytest.raises(ProviderProtocolError, match="issuer"):
        read(ISSUER + "/.well-known/oauth-authorization-server/tenant", issuer=ISSUER + "/other")
