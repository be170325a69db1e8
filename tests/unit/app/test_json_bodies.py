"""Request bodies: JSON in UTF-8, each member once, read strictly; what is refused is named and never quoted."""

import json
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.http.json_bodies import read_json
from app.http.wire.body import Body
from domain.errors import InvalidRequest


class Colour(StrEnum):
    RED = "red"


class Inner(Body):
    value: int = 0


class Outer(Body):
    the_name: Annotated[str, msgspec.Meta(min_length=1, max_length=4)]
    public: bool = False
    count: int = 0
    colours: list[Colour] = []  # noqa: RUF012 - msgspec gives each body its own copy
    inner: Inner | None = None
    texts: dict[str, str] = {}  # noqa: RUF012
    anything: Any = None


def refused(body: bytes) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        read_json(body, kind=Outer)
    return caught.value


def only_field(body: bytes) -> tuple[str, str]:
    (field,) = refused(body).fields
    return field.field, field.message


def test_a_body_is_read() -> None:
    read = read_json(b'{"theName":"x","inner":{"value":3},"colours":["red"]}', kind=Outer)
    assert read == Outer(the_name="x", inner=Inner(value=3), colours=[Colour.RED])


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b'{"theName":"x","nope":1}', "nope", "is no member here"),
        (b'{"theName":"x","the_name":"y"}', "the_name", "is no member here"),
        (b'{"theName":"x","inner":{"nope":1}}', "inner.nope", "is no member here"),
        (b"{}", "theName", "is missing"),
        (b'{"theName":""}', "theName", "Expected `str` of length >= 1"),
        (b'{"theName":"xxxxx"}', "theName", "Expected `str` of length <= 4"),
        (b'{"theName":1}', "theName", "Expected `str`, got `int`"),
        (b'{"theName":null}', "theName", "Expected `str`, got `null`"),
        (b'{"theName":"x","texts":{"a":1}}', "texts[...]", "Expected `str`, got `int`"),
        (b"[]", "body", "Expected `object`, got `array`"),
        (b"null", "body", "Expected `object`, got `null`"),
        (b'"x"', "body", "Expected `object`, got `str`"),
    ],
)
def test_the_member_that_does_not_fit_is_named(body: bytes, field: str, message: str) -> None:
    assert only_field(body) == (field, message)


@pytest.mark.parametrize(
    "body",
    [
        b'{"theName":"x","count":"1"}',
        b'{"theName":"x","count":1.0}',
        b'{"theName":"x","count":1e3}',
        b'{"theName":"x","count":true}',
        b'{"theName":"x","public":"false"}',
        b'{"theName":"x","public":0}',
    ],
)
def test_nothing_is_taken_for_what_it_is_not(body: bytes) -> None:
    assert only_field(body)[0] in {"count", "public"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"theName":"x","theName":"y"}', "theName"),
        (b'{"theName":"x","theName":"x"}', "theName"),
        (b'{"theName":"x","\\u0074heName":"y"}', "theName"),
        (b'{"theName":"x","texts":{"a":"1","a":"2"}}', "a"),
        (b'{"theName":"x","anything":[{"b":{"c":1,"c":2}}]}', "c"),
    ],
)
def test_a_member_that_is_there_twice_is_named(body: bytes, field: str) -> None:
    assert only_field(body) == (field, "is there more than once")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"theName":"x"} x',
        b'{"theName":"x",}',
        b"{'theName':'x'}",
        b'{"theName":NaN}',
        b'\xef\xbb\xbf{"theName":"x"}',
        '{"theName":"x"}'.encode("utf-16"),
        b'{"theName":"\xff"}',
        b'{"theName":"\xed\xa0\x80"}',
        b'{"theName":"\\ud800"}',
        b'{"theName":"\x00"}',
        b"theName=x",
        b'{"theName":"x","anything":' + b"[" * 100_000,
        b'{"theName":"x","anything":' + b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_is_told_so(body: bytes) -> None:
    assert refused(body).fields == ()


@pytest.mark.parametrize("members", [b'"theName":"\\u0000"', b'"theName":"x","anything":["\\\\\\u0000"]'])
def test_the_character_that_postgres_cannot_keep_is_refused(members: bytes) -> None:
    assert "U+0000" in refused(b"{" + members + b"}").message


def test_a_backslash_before_u0000_is_no_such_character() -> None:
    read = read_json(json.dumps({"theName": "x", "anything": "\\u0000"}).encode(), kind=Outer)
    assert read.anything == "\\u0000"


@pytest.mark.parametrize(
    "body",
    [
        b'{"theName":"x","colours":["canary"]}',
        b'{"theName":"canary"}',
        b'{"theName":"x","count":"canary"}',
        b'{"theName":"x","inner":"canary"}',
        b'{"theName":"canary\\u0000"}',
        b'{"theName":"canary',
        b'{"theName":"x","texts":{"canary":1}}',
    ],
)
def test_what_a_member_holds_is_not_echoed(body: bytes) -> None:
    error = refused(body)
    assert "canary" not in f"{error.message}{error.extensions}{error.__cause__!r}"


def test_a_name_is_echoed_only_so_far() -> None:
    name, _ = only_field(b'{"theName":"x","' + b"n" * 10_000 + b'":1}')
    assert name == "n" * 100


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
members = st.fixed_dictionaries({}, optional={"theName": values, "count": values, "inner": values, "anything": values})


@given(st.binary() | members.map(lambda value: json.dumps(value).encode()))
@example(b'{"theName":"x","anything":' + b"9" * 5000 + b"}")
@example(b'{"theName":"x","anything":' + b"9" * 4301 + b"}")
@example(b'{"theName":"x","anything":1e999}')
def test_any_bytes_are_a_body_or_a_refusal(body: bytes) -> None:
    with suppress(InvalidRequest):
        assert isinstance(read_json(body, kind=Outer), Outer)
