"""Pages of a list, and their cursors."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.wire.pages import page_of, read_after, read_first, refuse_what_comes_later
from domain.errors import InvalidRequest, NotOfferedYet
from domain.ids import AppId

ULIDS = [f"01KNZ5Q2M0ABCDEFGHJKMNPQR{letter}" for letter in "STVWX"]


@pytest.mark.parametrize(("asked", "given_"), [(1, 1), (20, 20), (100, 100), (101, 100), (10**30, 100)])
def test_over_a_hundred_is_a_hundred(asked: int, given_: int) -> None:
    assert read_first(asked) == given_


@pytest.mark.parametrize("asked", [0, -1, -(10**30)])
def test_less_than_one_is_refused(asked: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_first(asked)
    assert [field.field for field in refused.value.fields] == ["first"]


def test_the_last_page_has_no_cursor() -> None:
    page = page_of(ULIDS[:2], 2, first=2, id_of=str)
    assert (page.total_count, page.items, page.next) == (2, ULIDS[:2], None)


def test_a_page_leads_to_the_one_behind_its_last_item() -> None:
    page = page_of(ULIDS[:3], 5, first=2, id_of=str)
    assert page.items == ULIDS[:2]
    assert read_after(page.next, AppId) == ULIDS[1]


def test_an_empty_list_is_a_page() -> None:
    nothing: list[str] = []
    page = page_of(nothing, 0, first=20, id_of=str)
    assert (page.total_count, page.items, page.next) == (0, [], None)


def test_without_a_cursor_the_list_begins() -> None:
    assert read_after(None, AppId) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "====",
        ULIDS[0],
        base64.urlsafe_b64encode(b"../../etc/passwd\0abcdefghij").decode(),
        "\x00",
        "a" * 999,
    ],
)
def test_what_no_page_answered_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_after(cursor, AppId)
    assert [field.field for field in refused.value.fields] == ["after"]


@given(st.text())
def test_any_cursor_is_an_identifier_or_a_refusal(cursor: str) -> None:
    with suppress(InvalidRequest):
        assert isinstance(read_after(cursor, AppId), AppId)


def test_an_order_or_filter_that_is_not_kept_is_not_passed_over() -> None:
    with pytest.raises(NotOfferedYet) as refused:
        refuse_what_comes_later({"first": "1", "sort": "name:asc", "status": "active"}, "before", "sort", "status")
    assert [field.field for field in refused.value.fields] == ["sort", "status"]
    refuse_what_comes_later({"first": "1"}, "before", "sort")
