import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidState
from domain.oauth.authorization_code import AUTHORIZE_RESERVED, authorization_url
from domain.oauth.client import PkceMethod
from tests.unit.domain.examples import ULID, a_flow, an_oauth_client

OURS = {
    "response_type": "code",
    "client_id": "client",
    "redirect_uri": f"https://switchboard.example/oauth2/callback/{ULID}",
    "scope": "read write",
    "state": "the-state",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}
NEVER = ["nonce", "request", "request_uri", "response_mode"]


def members_of(prompt: str | None = None, **changes: Any) -> list[tuple[str, str]]:
    url = authorization_url(a_flow(**changes), prompt=prompt).reveal()
    return parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)


def as_read_by_the_most_lenient(name: str) -> str:
    """PHP cuts at a bracket or NUL and reads dots and spaces as underscores; ASP.NET does not look at case."""
    return re.sub(r"[^a-z0-9]", "", re.split(r"[\[\0]", name)[0].casefold())


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """A reserved name as somebody might spell it to get past us, and through to a lenient provider."""
    name = draw(st.sampled_from(sorted(AUTHORIZE_RESERVED)))
    cased = "".join(c.upper() if draw(st.booleans()) else c for c in name)
    spaced = cased.replace("_", draw(st.sampled_from(["_", ".", " ", "-", "+"])))
    before = draw(st.sampled_from(["", " ", "  ", "\t", "\n", "+"]))
    after = draw(st.sampled_from(["", " ", "[]", "[0]", "[x]", "[", "\0", "\0[", "\0.x", "\n", "."]))
    return before + spaced + after


def test_rfc6749_4_1_1_the_request_has_all_that_a_flow_needs() -> None:
    assert dict(members_of()) == OURS
    assert len(members_of()) == len(OURS)


def test_the_browser_goes_to_the_clients_endpoint() -> None:
    url = urlsplit(authorization_url(a_flow()).reveal())
    assert (url.scheme, url.netloc, url.path, url.fragment) == ("https", "id.example.com", "/authorize", "")


def test_the_address_is_a_secret_for_it_holds_the_state() -> None:
    assert "the-state" not in repr(authorization_url(a_flow()))


@pytest.mark.parametrize("missing", ["state", "code_verifier"])
def test_a_flow_that_was_claimed_leads_nowhere(missing: str) -> None:
    with pytest.raises(InvalidState):
        authorization_url(a_flow(**{missing: None}))


def test_without_pkce_no_challenge_is_sent() -> None:
    members = dict(members_of(client=an_oauth_client(pkce=PkceMethod.NONE)))
    assert members == {name: value for name, value in OURS.items() if not name.startswith("code_challenge")}


def test_without_scopes_none_is_named() -> None:
    assert "scope" not in dict(members_of(scopes=()))


@given(
    apps=st.dictionaries(spellings() | st.text(min_size=1), st.text()),
    callers=st.dictionaries(spellings() | st.text(min_size=1), st.text()),
    endpoints=spellings(),
    pkce=st.sampled_from(PkceMethod),
)
def test_additional_parameters_override_nothing_of_ours_in_any_spelling(
    apps: dict[str, str], callers: dict[str, str], endpoints: str, pkce: PkceMethod
) -> None:
    client = an_oauth_client(
        authorization_endpoint=f"https://id.example.com/authorize?{endpoints.replace(' ', '%20')}=x",
        additional_authorize_parameters=apps,
        pkce=pkce,
    )
    members = members_of(client=client, additional_parameters=callers)
    reserved = {as_read_by_the_most_lenient(name) for name in AUTHORIZE_RESERVED}
    read = [(name, value) for name, value in members if as_read_by_the_most_lenient(name) in reserved]
    ours = {name: value for name, value in OURS.items() if pkce is PkceMethod.S256 or "challenge" not in name}
    assert dict(read) == ours
    assert len(read) == len(ours)


@pytest.mark.parametrize("name", [*OURS, *NEVER])
def test_what_a_flows_safety_rests_on_is_reserved(name: str) -> None:
    members = members_of(additional_parameters={name: "theirs"})
    assert dict(members) == OURS


def test_fullwidth_letters_are_letters() -> None:
    assert dict(members_of(additional_parameters={"\uff53tate": "theirs"})) == OURS


def test_what_is_not_reserved_is_sent_the_callers_before_the_apps() -> None:
    client = an_oauth_client(additional_authorize_parameters={"audience": "app", "display": "page"})
    members = dict(members_of(client=client, additional_parameters={"audience": "caller"}))
    assert (members["audience"], members["display"]) == ("caller", "page")


@pytest.mark.parametrize("name", ["resource", "acr_values", "login_hint", "access_type", "hd", "\u00e9tat", "p"])
def test_a_providers_own_parameters_are_not_taken_for_ours(name: str) -> None:
    assert dict(members_of(additional_parameters={name: "a b&c=d\u00e9"}))[name] == "a b&c=d\u00e9"


def at(endpoint: str, **changes: Any) -> list[tuple[str, str]]:
    return members_of(client=an_oauth_client(authorization_endpoint=endpoint), **changes)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("p=B2C_1_signin", [("p", "B2C_1_signin")]),
        ("a=1&b=", [("a", "1"), ("b", "")]),
        ("flag", [("flag", "")]),
        ("resource=one&resource=two", [("resource", "one"), ("resource", "two")]),  # RFC 8707 §2
        ("a=%C3%A9+%26", [("a", "\u00e9 &")]),
    ],
)
def test_rfc6749_3_1_a_query_that_the_endpoint_has_is_retained(query: str, kept: list[tuple[str, str]]) -> None:
    members = at(f"https://id.example.com/authorize?{query}")
    assert members[: len(kept)] == kept
    assert dict(members[len(kept) :]) == OURS


def test_a_parameter_replaces_the_endpoints_of_the_same_name() -> None:
    members = at("https://id.example.com/authorize?audience=a&audience=b", additional_parameters={"audience": "c"})
    assert [value for name, value in members if name == "audience"] == ["c"]


def test_rfc6749_3_1_a_fragment_is_left_out() -> None:
    flow = a_flow(client=an_oauth_client(authorization_endpoint="https://id.example.com/authorize#x"))
    assert "#" not in authorization_url(flow).reveal()


def test_oidc_core_11_offline_access_asks_for_consent() -> None:
    assert dict(members_of(scopes=("openid", "offline_access")))["prompt"] == "consent"
    assert "prompt" not in dict(members_of(scopes=("openid",)))


@pytest.mark.parametrize("place", ["endpoint", "app", "caller"])
def test_unless_another_prompt_is_given(place: str) -> None:
    query = "?prompt=login" if place == "endpoint" else ""
    client = an_oauth_client(
        authorization_endpoint=f"https://id.example.com/authorize{query}",
        additional_authorize_parameters={"prompt": "login"} if place == "app" else {},
    )
    additional = {"prompt": "login"} if place == "caller" else {}
    members = members_of(client=client, scopes=("offline_access",), additional_parameters=additional)
    assert [value for name, value in members if name == "prompt"] == ["login"]


def test_the_start_pages_prompt_goes_before_all_others() -> None:
    client = an_oauth_client(
        authorization_endpoint="https://id.example.com/authorize?prompt=none",
        additional_authorize_parameters={"prompt": "consent"},
    )
    members = members_of("login", client=client, additional_parameters={"prompt": "select_account"})
    assert [value for name, value in members if name == "prompt"] == ["login"]
