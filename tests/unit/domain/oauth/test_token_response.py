import json
from datetime import timedelta

import pytest

from domain.errors import ProviderError, ProviderProtocolError, ProviderUnavailable
from domain.ids import AttemptId
from domain.secret import Secret
from domain.tokens import TokenGrant
from tests.unit.domain.examples import NOW, ULID
from tests.unit.domain.oauth.answers import FORM, GOOD, granted, read


def test_rfc6749_5_1_the_rfcs_own_example_is_a_grant() -> None:
    body = """{
       "access_token":"2YotnFZFEjr1zCsicMWpAA",
       "token_type":"example",
       "expires_in":3600,
       "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA",
       "example_parameter":"example_value"
     }""".replace('"example",', '"bearer",')
    assert read(body) == TokenGrant(
        access_token=Secret("2YotnFZFEjr1zCsicMWpAA"),
        token_type="Bearer",
        obtained_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        refresh_token=Secret("tGzv3JOkF0XG5Qx2TlKWIA"),
        scope="read write",
        attempt=AttemptId(ULID),
    )


@pytest.mark.parametrize(
    "token", [None, 123, "", True, ["t"], {"t": 1}, "to\r\nken", "tok\u00e9n", "token\n", "\x00", "\ud800"]
)
def test_rfc6749_5_1_without_an_access_token_nothing_was_granted(token: object) -> None:
    with pytest.raises(ProviderProtocolError, match="no access token"):
        granted(access_token=token)


@pytest.mark.parametrize("body", ["{}", '{"token_type": "Bearer"}', '{"data": {"access_token": "x"}}'])
def test_a_200_without_access_token_is_no_success(body: str) -> None:
    with pytest.raises(ProviderProtocolError):
        read(body)


@pytest.mark.parametrize("token_type", ["Bearer", "bearer", "bEARER", "BEARER"])
def test_rfc6749_5_1_the_token_type_is_read_without_regard_to_case(token_type: str) -> None:
    assert granted(token_type=token_type).token_type == "Bearer"


@pytest.mark.parametrize("token_type", [None, "", 1, True, ["Bearer"], "mac", "DPoP", "N_A", "Bearer ", "bot"])
def test_rfc6749_7_1_a_token_of_another_type_is_not_used(token_type: object) -> None:
    with pytest.raises(ProviderProtocolError, match="token_type"):
        granted(token_type=token_type)


@pytest.mark.parametrize(("said", "kept"), [("mac", "mac"), ("DPoP", "DPoP"), (7, "Bearer"), ("b\n", "Bearer")])
def test_r5_what_a_refresh_rotated_is_kept_also_with_a_token_that_is_not_issued(said: object, kept: str) -> None:
    body = json.dumps({"access_token": "a", "token_type": said, "expires_in": 3600, "refresh_token": "rotated"})
    grant = read(body, known_type="Bearer")
    assert (grant.token_type, grant.refresh_token) == (kept, Secret("rotated"))
    assert (grant.expires_at == NOW) is (kept != "Bearer")


def test_rfc6749_5_1_the_token_type_is_required() -> None:
    with pytest.raises(ProviderProtocolError, match="token_type"):
        read('{"access_token": "x"}')


@pytest.mark.parametrize("token", [None, "", 1, True, [], {}, "to\nken", "\u00e9"])
def test_rfc6749_6_a_refresh_token_that_is_none_counts_as_absent(token: object) -> None:
    assert granted(refresh_token=token).refresh_token is None


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_rfc6749_5_2_an_oauth_error_is_told_whatever_status_it_comes_with(status: int) -> None:
    body = json.dumps({"error": "invalid_grant", "error_description": "Gone.\x00"})
    with pytest.raises(ProviderError) as refused:
        read(body, status=status)
    assert refused.value.extensions == {"error": "invalid_grant", "errorDescription": "Gone."}


def test_an_error_beside_a_token_is_an_error() -> None:
    with pytest.raises(ProviderError):
        granted(error="server_error")


def test_githubs_error_comes_with_a_200_and_as_a_form() -> None:
    with pytest.raises(ProviderError) as refused:
        read("error=bad_verification_code&error_description=Expired.&error_uri=x", content_type=FORM)
    assert refused.value.error == "bad_verification_code"


def test_slacks_error_comes_with_ok_false() -> None:
    with pytest.raises(ProviderError) as refused:
        read('{"ok": false, "error": "invalid_code"}')
    assert refused.value.error == "invalid_code"


def test_ok_false_is_no_success_whatever_stands_beside_it() -> None:
    with pytest.raises(ProviderProtocolError):
        granted(ok=False)
    assert granted(ok=True).access_token == Secret("the-access-token")


@pytest.mark.parametrize("error", [None, ""])
def test_an_error_that_says_nothing_is_none(error: object) -> None:
    assert granted(error=error).access_token == Secret("the-access-token")


@pytest.mark.parametrize("error", [{"message": "No.", "type": "OAuthException"}, ["x"], 1])
def test_an_error_in_a_form_of_its_own_is_not_oauth(error: object) -> None:
    with pytest.raises(ProviderProtocolError):
        read(json.dumps({"error": error}), status=400)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("body", ["", "<html>", '{"error": "invalid_grant"}', json.dumps(GOOD)])
def test_a_provider_that_is_not_well_is_unavailable_whatever_it_says(status: int, body: str) -> None:
    with pytest.raises(ProviderUnavailable) as refused:
        read(body, status=status)
    assert refused.value.error == f"http_{status}"


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 404, 418])
def test_rfc6749_5_1_only_a_200_grants(status: int) -> None:
    with pytest.raises(ProviderProtocolError):
        read(json.dumps(GOOD), status=status)
