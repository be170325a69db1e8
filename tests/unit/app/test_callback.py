"""The provider's redirect, read from the raw query."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.http.wire.callback import read_callback
from domain.errors import InvalidRequest, InvalidState, NotOfferedYet, SwitchboardError
from domain.oauth.authorization_code import Callback
from domain.secret import Secret

NAMES = ["state", "code", "error", "error_description", "iss", "endUserId", "id_token", "response"]
pieces = st.sampled_from([*(name.encode() for name in NAMES), b"=", b"&", b"%", b"%00", b"%ff", b"+", b";"])
queries = st.binary(max_size=200) | st.lists(pieces | st.binary(max_size=8), max_size=20).map(b"".join)


@given(queries)
@example(b"state=a&code=%ff")
@example(b"state=\xff")
@example(b"&" * 16_384)
def test_any_query_is_a_callback_or_a_refusal(query: bytes) -> None:
    try:
        callback = read_callback(query)
    except SwitchboardError:
        return
    assert isinstance(callback, Callback)


@given(st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=10), st.text(max_size=30)), max_size=8))
def test_what_a_provider_encoded_is_read_back_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        callback = read_callback(urlencode(pairs).encode())
    except SwitchboardError:
        return
    sent = dict(pairs)
    assert callback.state == Secret(sent["state"])
    assert callback.code == (Secret(sent["code"]) if sent.get("code") else None)
    assert callback.error == (sent.get("error") or None)
    assert callback.error_description == (sent.get("error_description") or None)
    assert callback.issuer == (sent.get("iss") or None)


def test_a_code_keeps_every_character() -> None:
    code = "4/0A+ b&c=d%é"
    assert read_callback(f"state=s&code={quote(code)}".encode()).code == Secret(code)


@pytest.mark.parametrize("name", ["unknown", "session_state", "scope", "authuser", "hd"])
def test_parameters_that_we_do_not_know_are_passed_over(name: str) -> None:
    """RFC 6749 §4.1.2: the client MUST ignore unrecognised response parameters."""
    assert read_callback(f"state=s&code=c&{name}=1".encode()).code == Secret("c")


@pytest.mark.parametrize("query", [b"", b"code=c", b"state=&code=c", b"STATE=s&code=c", b"error=access_denied"])
def test_without_a_state_it_is_nobodys_callback(query: bytes) -> None:
    with pytest.raises(InvalidState):
        read_callback(query)


def test_an_end_user_is_not_offered_yet_and_the_parameter_is_named() -> None:
    with pytest.raises(NotOfferedYet) as refused:
        read_callback(b"state=s&code=c&endUserId=u")
    assert [field.field for field in refused.value.fields] == ["endUserId"]


@pytest.mark.parametrize("name", ["access_token", "id_token", "refresh_token", "response", "Access_Token", "RESPONSE"])
def test_c10_what_is_no_answer_to_a_code_request_is_refused(name: str) -> None:
    """C10; RFC 9700 §2.1.2: tokens in the front channel, and JARM."""
    with pytest.raises(InvalidRequest):
        read_callback(f"state=s&code=c&{name}=t".encode())


@pytest.mark.parametrize(
    "query",
    [
        b"state=s&code=a&code=b",
        b"state=s&code=a&code=a",
        b"state=s&state=s&code=a",
        b"state=s&code=a&Code=b",
        b"state=s&STATE=t&code=a",
        b"state=s&code=a&%63ode=b",
        b"state=s&code=a&iss=x&iss=y",
        b"state=s&error=a&error=b",
        b"state=s&code=a&code=",
    ],
)
def test_c11_a_repeated_parameter_is_refused(query: bytes) -> None:
    """C11; RFC 6749 §3.1: parameters MUST NOT be included more than once."""
    with pytest.raises(InvalidRequest):
        read_callback(query)


@pytest.mark.parametrize(("name", "most"), [("code", 4096), ("error", 2048), ("iss", 2048)])
def test_c12_a_parameter_is_as_long_as_the_limit_and_no_longer(name: str, most: int) -> None:
    read_callback(f"state=s&{name}={'x' * most}".encode())
    with pytest.raises(InvalidRequest):
        read_callback(f"state=s&{name}={'x' * (most + 1)}".encode())


def test_c12_a_state_is_as_long_as_the_limit_and_no_longer() -> None:
    assert read_callback(b"state=" + b"s" * 2048).state == Secret("s" * 2048)
    with pytest.raises(InvalidRequest):
        read_callback(b"state=" + b"s" * 2049)


def test_c12_a_query_is_as_long_as_the_limit_and_no_longer() -> None:
    filler = "&".join(f"p{number}={'x' * 1900}" for number in range(8))
    query = f"state=s&code=c&{filler}&q=".encode()
    query += b"x" * (16_384 - len(query))
    assert read_callback(query).code == Secret("c")
    with pytest.raises(InvalidRequest):
        read_callback(query + b"x")


def test_c12_a_hundred_parameters_are_read_and_no_more() -> None:
    query = "&".join(["state=s", *(f"p{number}=1" for number in range(99))])
    assert read_callback(query.encode()).state == Secret("s")
    with pytest.raises(InvalidRequest):
        read_callback(f"{query}&q=1".encode())


@pytest.mark.parametrize("control", ["%00", "%0a", "%0D", "%1b", "%7F", "%09"])
@pytest.mark.parametrize("query", ["state=s{}", "state=s&code=c{}", "state=s&error=e{}", "state=s&code=c&iss=i{}"])
def test_c12_control_characters_are_refused(query: str, control: str) -> None:
    with pytest.raises(InvalidRequest):
        read_callback(query.format(control).encode())


def test_words_for_people_may_hold_line_breaks_and_be_long_as_entras_are() -> None:
    words = b"AADSTS65004:+declined.%0d%0aTrace+ID:+1" + b"x" * 3000
    callback = read_callback(b"state=s&error=access_denied&error_uri=https://e&error_description=" + words)
    assert callback.error == "access_denied"


@pytest.mark.parametrize("unknown", ["x=1&x=2", "x=%00", "x%0a=1", "session_state=" + "s" * 3000])
def test_rfc6749_4_1_2_what_we_do_not_know_is_ignored(unknown: str) -> None:
    assert read_callback(f"state=s&code=c&{unknown}".encode()).code == Secret("c")


@pytest.mark.parametrize(
    "query", [b"state=s&code=%ff", b"state=%c3%28", b"state=s&code=\xc3\xa9", b"state=s&%ed%a0%80=1"]
)
def test_what_is_not_utf_8_is_refused(query: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_callback(query)


def test_a_refusal_quotes_nothing_of_the_query() -> None:
    for query in (b"state=s&code=canary&code=canary", b"state=canary%00", b"state=s&id_token=canary"):
        with pytest.raises(InvalidRequest) as refused:
            read_callback(query)
        assert "canary" not in f"{refused.value.message}{refused.value.extensions}{refused.value.__cause__!r}"
