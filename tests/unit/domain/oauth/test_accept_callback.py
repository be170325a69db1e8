from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import FlowLapsed, InvalidState, ProviderProtocolError
from domain.flows import ByBrowser, ByRelay, FlowStatus, Presenter
from domain.ids import CallbackId, FlowId
from domain.oauth.authorization_code import AuthorizationGrant, Callback, Refusal, accept_callback
from domain.oauth.client import OAuthClient
from domain.secret import Secret
from tests.unit.domain.examples import ANOTHER_ULID, COOKIE, ISSUER, ULID, a_callback, a_flow, an_oauth_client

OWNER = ByBrowser(CallbackId(ULID), {FlowId(ULID): COOKIE})
STRANGER = ByBrowser(CallbackId(ULID), {FlowId(ULID): Secret("another browser's")})
ANOTHER_APP = ByBrowser(CallbackId(ANOTHER_ULID), {FlowId(ULID): COOKIE})

KNOWN = an_oauth_client(issuer=ISSUER)
PROMISED = an_oauth_client(issuer=ISSUER, promises_issuer=True)
UNKNOWN = an_oauth_client()

CODE: dict[str, Any] = {}
ERROR: dict[str, Any] = {"code": None, "error": "access_denied"}


def test_rfc6749_4_1_2_a_code_becomes_a_grant_with_the_flows_verifier() -> None:
    callback = a_callback()
    grant = accept_callback(a_flow(), callback, OWNER)
    assert grant == AuthorizationGrant(
        code=Secret("the-code"), code_verifier=a_flow().code_verifier, fingerprint=callback.fingerprint()
    )


def test_rfc6749_4_1_2_1_an_error_is_an_answer_too() -> None:
    callback = a_callback(code=None, error="access_denied", error_description="No, thanks.")
    assert accept_callback(a_flow(), callback, OWNER) == Refusal(
        error="access_denied", description="No, thanks.", fingerprint=callback.fingerprint()
    )


def test_with_both_code_and_error_the_error_wins() -> None:
    assert isinstance(accept_callback(a_flow(), a_callback(error="server_error"), OWNER), Refusal)


def test_an_answer_with_neither_is_no_answer() -> None:
    with pytest.raises(ProviderProtocolError):
        accept_callback(a_flow(), a_callback(code=None), OWNER)


@pytest.mark.parametrize(("client", "answer"), list(product([KNOWN, PROMISED], [CODE, ERROR])))
def test_rfc9207_2_4_the_issuer_that_is_known_is_accepted(client: OAuthClient, answer: dict[str, Any]) -> None:
    judged = accept_callback(a_flow(client=client), a_callback(issuer=ISSUER, **answer), OWNER)
    assert isinstance(judged, Refusal if answer else AuthorizationGrant)


@pytest.mark.parametrize(
    ("client", "answer", "issuer"),
    list(
        product(
            [KNOWN, PROMISED],
            [CODE, ERROR],
            [
                "https://evil.example",
                "",
                ISSUER + "/",  # simple string comparison: RFC 3986 §6.2.1
                ISSUER.upper(),
                ISSUER + ":443",
                ISSUER.replace("https", "http"),
                ISSUER + "\n",
                " " + ISSUER,
            ],
        )
    ),
)
def test_rfc9207_2_4_another_issuer_is_refused_before_anything_else(
    client: OAuthClient, answer: dict[str, Any], issuer: str
) -> None:
    with pytest.raises(ProviderProtocolError, match="issuer"):
        accept_callback(a_flow(client=client), a_callback(issuer=issuer, **answer), OWNER)


@pytest.mark.parametrize("answer", [CODE, ERROR])
def test_rfc9207_2_4_an_issuer_that_was_promised_and_is_absent_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(ProviderProtocolError, match="issuer"):
        accept_callback(a_flow(client=PROMISED), a_callback(**answer), OWNER)


@pytest.mark.parametrize("answer", [CODE, ERROR])
def test_an_issuer_that_nobody_promised_may_be_absent(answer: dict[str, Any]) -> None:
    judged = accept_callback(a_flow(client=KNOWN), a_callback(**answer), OWNER)
    assert isinstance(judged, Refusal if answer else AuthorizationGrant)


@pytest.mark.parametrize("issuer", [None, "", "https://anybody.example"])
def test_where_no_issuer_is_known_none_is_looked_at(issuer: str | None) -> None:
    assert isinstance(accept_callback(a_flow(client=UNKNOWN), a_callback(issuer=issuer), OWNER), AuthorizationGrant)


@pytest.mark.parametrize("presenter", [STRANGER, ANOTHER_APP, ByBrowser(CallbackId(ULID), {}), ByRelay(ULID)])
@pytest.mark.parametrize("status", FlowStatus)
@pytest.mark.parametrize(
    "callback",
    [a_callback(), a_callback(code=None), a_callback(issuer="https://evil.example"), a_callback(code=None, error="x")],
)
def test_whoever_is_not_the_owner_hears_one_thing_whatever_comes(
    presenter: Presenter, status: FlowStatus, callback: Callback
) -> None:
    with pytest.raises(InvalidState) as refused:
        accept_callback(a_flow(status=status, client=PROMISED), callback, presenter)
    assert type(refused.value) is InvalidState
    assert refused.value.message == InvalidState().message


def test_the_browser_of_a_lapsed_flow_is_told_that_it_took_too_long() -> None:
    with pytest.raises(FlowLapsed):
        accept_callback(a_flow(status=FlowStatus.LAPSED), a_callback(), OWNER)


def test_the_relay_of_a_lapsed_flow_hears_what_all_others_hear() -> None:
    with pytest.raises(InvalidState) as refused:
        accept_callback(a_flow(status=FlowStatus.LAPSED, relay=True), a_callback(), ByRelay(ULID))
    assert type(refused.value) is InvalidState


def test_a_relay_hands_over_its_own_flows_answer() -> None:
    judged = accept_callback(a_flow(relay=True, browser_fingerprint=None), a_callback(), ByRelay(ULID))
    assert isinstance(judged, AuthorizationGrant)


@pytest.mark.parametrize("presenter", [OWNER, STRANGER])
def test_a_refused_answer_leaves_the_flow_usable_for_the_right_one(presenter: Presenter) -> None:
    flow, untouched = a_flow(client=KNOWN), a_flow(client=KNOWN)
    with pytest.raises((ProviderProtocolError, InvalidState)):
        accept_callback(flow, a_callback(issuer="https://evil.example"), presenter)
    assert flow == untouched
    assert isinstance(accept_callback(flow, a_callback(), OWNER), AuthorizationGrant)


@given(error=st.text(), description=st.none() | st.text())
def test_whatever_words_the_provider_has_they_are_cut_and_cleaned(error: str, description: str | None) -> None:
    callback = a_callback(code=None, error=error, error_description=description)
    refusal = accept_callback(a_flow(), callback, OWNER)
    assert isinstance(refusal, Refusal)
    assert refusal.error.isascii()
    assert 0 < len(refusal.error) <= 100
    assert refusal.description is None or refusal.description.isprintable()


@given(one=st.text(), other=st.text())
def test_the_same_answer_again_has_the_same_fingerprint_and_another_has_not(one: str, other: str) -> None:
    first = a_callback(code=Secret(one)).fingerprint()
    assert (a_callback(code=Secret(other)).fingerprint() == first) is (one == other)
    assert a_callback(code=None, error=one).fingerprint() != first
    assert a_callback(code=Secret(one), state=Secret("another state")).fingerprint() != first


def test_a_fingerprint_is_the_answers_alone_whatever_else_came() -> None:
    told = a_callback(issuer=ISSUER, error_description="anything")
    assert told.fingerprint() == a_callback().fingerprint()


def test_with_an_error_beside_it_the_code_does_not_count() -> None:
    assert a_callback(error="x").fingerprint() == a_callback(code=None, error="x").fingerprint()


def test_a_callback_that_is_printed_tells_no_secret() -> None:
    assert "the-" not in repr(a_callback())
    assert "the-" not in repr(accept_callback(a_flow(), a_callback(), OWNER))
