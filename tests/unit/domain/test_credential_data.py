"""``data``: names to base64 strings (RFC 4648 §4), as they are sent."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credential_data import decoded, encoded, require_storable
from domain.errors import InvalidRequest, PayloadTooLarge
from domain.secret import Secret

LARGEST = 512 * 1024


@given(raw=st.binary())
def test_every_base64_is_storable(raw: bytes) -> None:
    require_storable({"a": Secret(base64.b64encode(raw).decode())})


@given(text=st.text())
def test_a_text_is_decoded_as_it_was_encoded(text: str) -> None:
    assert decoded(encoded(text)) == text


@pytest.mark.parametrize(
    "value",
    [
        "a",
        "ab",
        "abc",
        "YQ",
        "YQ=",
        "YQ===",
        "=",
        "====",
        "YQ==YQ==",
        " YQ==",
        "YQ==\n",
        "YQ\n==",
        "-_-_",
        "é",
        "YR==",
        "YWJ=",
    ],
)
def test_what_is_not_base64_or_not_canonical_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        require_storable({"good": Secret("YQ=="), "bad": Secret(value)})
    assert [field.field for field in refused.value.fields] == ["data.bad"]
    assert decoded(Secret(value)) is None


def test_bytes_that_are_no_text_decode_to_none() -> None:
    assert decoded(Secret("//79")) is None


def test_c75_as_much_as_512_kib_as_sent_is_storable_and_no_more() -> None:
    half = Secret("A" * (LARGEST // 2))
    require_storable({"a": half, "b": half})
    with pytest.raises(PayloadTooLarge):
        require_storable({"a": half, "b": half, "c": Secret("AAAA")})


@pytest.mark.parametrize("name", ["", "x" * 257])
def test_a_name_has_1_to_256_characters(name: str) -> None:
    require_storable({"x" * 256: Secret("")})
    with pytest.raises(InvalidRequest):
        require_storable({name: Secret("")})


def test_there_are_at_most_200_members() -> None:
    many = {str(number): Secret("") for number in range(201)}
    with pytest.raises(InvalidRequest):
        require_storable(many)
    require_storable(dict(list(many.items())[:200]))
