import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ProviderProtocolError, ProviderUnavailable
from domain.oauth.metadata import (
    ProviderMetadata,
    read_metadata,
)
from tests.unit.domain.examples import ISSUER, an_answer
from tests.unit.domain.oauth.documents import DOCUMENT, read


@pytest.mark.parametrize("name", ["issuer", "authorization_endpoint", "token_endpoint"])
@pytest.mark.parametrize("value", [None, "", 1, True, [ISSUER], {}])
def test_rfc8414_2_a_document_without_what_a_flow_needs_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ProviderProtocolError, match=name):
        read(**{name: value})


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint"])
@pytest.mark.parametrize(
    "address",
    [
        "authorize",
        "/authorize",
        "//id.example.com/authorize",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://id.example.com",
        "http://id.example.com/authorize",  # RFC 6749 §3.1, §3.2: TLS
        "https://",
        "https:///authorize",
        "https://[",
        "https://id.example.com:99999/",
        "https://id.example.com:x/",
        "https://id.example.com/\nauthorize",
        "https://id.example.com/ authorize",
        "https://id.example.com/\x00",
        "https://id.example.com/\ud800",
    ],
)
def test_an_endpoint_that_is_no_address_is_refused(name: str, address: str) -> None:
    with pytest.raises(ProviderProtocolError, match=name):
        read(**{name: address})


def test_where_the_issuer_has_no_tls_its_endpoints_need_none() -> None:
    local = "http://127.0.0.1:8400"
    metadata = read(
        local, issuer=local, authorization_endpoint=local + "/authorize", token_endpoint="https://id.example.com/token"
    )
    assert (metadata.issuer, metadata.authorization_endpoint) == (local, local + "/authorize")


def test_endpoints_may_be_at_another_origin() -> None:
    metadata = read(token_endpoint="https://oauth2.example.net/token?v=2")
    assert metadata.token_endpoint == "https://oauth2.example.net/token?v=2"


@pytest.mark.parametrize("value", [None, "", 1, "http://id.example.com/revoke", "ftp://id.example.com"])
def test_tokens_are_revoked_at_no_address_that_is_less_safe_than_the_issuers(value: Any) -> None:
    assert read(revocation_endpoint=value).revocation_endpoint is None


def test_what_the_document_says_of_the_provider_is_kept() -> None:
    metadata = read(
        revocation_endpoint=ISSUER + "/revoke",
        authorization_response_iss_parameter_supported=True,
        token_endpoint_auth_methods_supported=["client_secret_post"],
        code_challenge_methods_supported=["plain", "S256"],
    )
    assert metadata == ProviderMetadata(
        issuer=ISSUER,
        authorization_endpoint=ISSUER + "/authorize",
        token_endpoint=ISSUER + "/token",
        revocation_endpoint=ISSUER + "/revoke",
        promises_issuer=True,
        auth_methods=("client_secret_post",),
        code_challenge_methods=("plain", "S256"),
    )


@pytest.mark.parametrize("value", [None, False, "true", 1, [], "false"])
def test_rfc9207_3_only_a_plain_true_promises_an_issuer(value: object) -> None:
    assert not read(authorization_response_iss_parameter_supported=value).promises_issuer


@pytest.mark.parametrize("value", [None, "S256", 1, {}, [], [1, None]])
def test_a_list_that_is_none_lists_nothing(value: object) -> None:
    metadata = read(code_challenge_methods_supported=value, token_endpoint_auth_methods_supported=value)
    assert (metadata.code_challenge_methods, metadata.auth_methods) == ((), ())


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_provider_that_is_not_well_is_unavailable(status: int) -> None:
    with pytest.raises(ProviderUnavailable):
        read_metadata(an_answer(json.dumps(DOCUMENT), status=status), discovery_url=ISSUER)


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 400, 401, 403, 404])
def test_rfc8414_3_2_any_other_answer_than_200_is_no_document(status: int) -> None:
    with pytest.raises(ProviderProtocolError, match=str(status)):
        read_metadata(an_answer(json.dumps(DOCUMENT), status=status), discovery_url=ISSUER)


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", '{"issuer": "a", "issuer": "b"}', "{" * 100_000])
def test_what_is_no_json_object_is_no_document(body: str) -> None:
    with pytest.raises(ProviderProtocolError):
        read_metadata(an_answer(body), discovery_url=ISSUER)


members = st.sampled_from([*DOCUMENT, "code_challenge_methods_supported", "revocation_endpoint"]) | st.text()
values = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()) | st.from_regex(r"https?://.*")


@given(changes=st.dictionaries(members, values))
def test_any_document_is_metadata_or_a_protocol_error(changes: dict[str, object]) -> None:
    try:
        metadata = read_metadata(an_answer(json.dumps(DOCUMENT | changes)), discovery_url=ISSUER)
    except ProviderProtocolError:
        return
    assert metadata.issuer.removesuffix("/") == ISSUER
