"""What an ID token has to say, by the OpenID Foundation's modules (security.md, 3a and 3b; C35, C37)."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import Account
from domain.oauth.account import ExpectedIdToken, read_account

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ISSUER = "https://provider.example"
EXPECTED = ExpectedIdToken(issuer=ISSUER, client_id="us", nonce="n-1")
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "248289761001",
    "aud": "us",
    "iat": NOW.timestamp(),
    "exp": NOW.timestamp() + 300,
    "nonce": "n-1",
}
KNOWN = {"iss": ISSUER, "sub": "248289761001"}


def part(members: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


def an_id_token(header: dict[str, Any] | None = None, /, **changes: Any) -> str:
    """The right one but for these claims; None leaves one out."""
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return f"{part({'alg': 'RS256'} | (header or {}))}.{part(claims)}.c2lnbmF0dXJl"


def judged(id_token: object, expected: ExpectedIdToken | None = EXPECTED) -> Account:
    return read_account({"id_token": id_token}, expected=expected, now=NOW)


def test_oidcc_client_test() -> None:
    assert judged(an_id_token()) == Account(KNOWN)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "PS256", "EdDSA", "HS256"])
def test_oidcc_client_test_idtoken_sig_any_that_is_a_signature(algorithm: str) -> None:
    assert judged(an_id_token({"alg": algorithm})) == Account(KNOWN)


@pytest.mark.parametrize(
    ("module", "id_token", "refused"),
    [
        ("oidcc-client-test-idtoken-sig-none", an_id_token({"alg": "none"}), "alg"),
        ("ensure-...-null-alg", an_id_token({"alg": None}), "alg"),
        ("CVE-2026-28498", an_id_token({"alg": "RS1"}), "alg"),
        ("CVE-2025-59420", an_id_token({"crit": ["x"], "x": 1}), "crit"),
        ("oidcc-client-test-invalid-iss", an_id_token(iss="https://other.example"), "iss"),
        ("missing-iss", an_id_token(iss=None), "iss"),
        ("oidcc-client-test-missing-sub", an_id_token(sub=None), "sub"),
        ("OpenID Connect Core §2", an_id_token(sub="x" * 256), "sub"),
        ("oidcc-client-test-invalid-aud", an_id_token(aud="them"), "aud"),
        ("oidcc-client-test-missing-aud", an_id_token(aud=None), "aud"),
        ("secondary-aud", an_id_token(aud=["us", "them"]), "aud"),
        ("OpenID Connect Core §3.1.3.7, item 5", an_id_token(aud=["us", "them"], azp="them"), "azp"),
        ("oidcc-client-test-missing-iat", an_id_token(iat=None), "iat"),
        ("from the future", an_id_token(iat=NOW.timestamp() + 3600), "iat"),
        ("expired-exp", an_id_token(exp=NOW.timestamp() - 61), "exp"),
        ("missing-exp", an_id_token(exp=None), "exp"),
        ("no number", an_id_token(exp="tomorrow"), "exp"),
        ("oidcc-client-test-nonce-invalid", an_id_token(nonce="n-2"), "nonce"),
        ("missing-nonce", an_id_token(nonce=None), "nonce"),
        ("no signature", an_id_token().rpartition(".")[0] + ".", "malformed"),
        ("encrypted", "a.b.c.d.e", "malformed"),
        ("too long", an_id_token(padding="x" * 16_384), "malformed"),
        ("no JWT", 7, "malformed"),
    ],
)
def test_c35_an_id_token_that_is_wrong_is_refused(module: str, id_token: object, refused: str) -> None:
    assert judged(id_token) == Account({}, refused=f"id_token_{refused}"), module


def test_valid_aud_as_array() -> None:
    assert judged(an_id_token(aud=["us"])) == Account(KNOWN)


def test_several_audiences_are_taken_where_this_client_is_the_authorised_party() -> None:
    assert judged(an_id_token(aud=["us", "them"], azp="us")) == Account(KNOWN)


def test_a_nonce_that_nobody_sent_is_not_looked_for() -> None:
    expected = ExpectedIdToken(issuer=None, client_id="us")
    assert judged(an_id_token(nonce=None, iss="https://any.example"), expected).members["iss"] == "https://any.example"


def test_an_id_token_that_nobody_asked_for_is_passed_over() -> None:
    assert judged("junk", None) == Account()


def test_an_answer_without_an_id_token_tells_no_account() -> None:
    assert read_account({}, expected=EXPECTED, now=NOW) == Account()


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_whatever_stands_in_its_place_is_refused_and_breaks_nothing(value: object) -> None:
    assert value is None or judged(value).refused == "id_token_malformed"


@given(st.dictionaries(st.sampled_from(sorted(CLAIMS)), st.none() | st.booleans() | st.text() | st.lists(st.text())))
def test_whatever_its_claims_are_only_ours_is_believed(changes: dict[str, Any]) -> None:
    account = judged(an_id_token(**changes))
    assert account.refused is not None or account.members["iss"] == ISSUER


def test_slack_tells_team_and_user() -> None:
    answer = {"team": {"id": "T1", "name": "x"}, "authed_user": {"id": "U1"}, "enterprise": None}
    told = read_account(answer, expected=None, now=NOW)
    assert told.members == {"team_id": "T1", "authed_user_id": "U1"}


def test_salesforce_tells_identity_and_instance() -> None:
    answer = {"id": "https://login.example/id/00D/005", "instance_url": "https://acme.example"}
    assert read_account(answer, expected=None, now=NOW).members == answer


@pytest.mark.parametrize("value", [7, "", "two words", "x" * 513, ["T1"], {"id": 3}])
def test_what_is_no_identifier_is_passed_over(value: object) -> None:
    answer = {"id": value, "realmId": value, "instance_url": value, "team": value, "authed_user": {"id": value}}
    assert read_account(answer, expected=None, now=NOW) == Account()
